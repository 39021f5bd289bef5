/** An element of an XML document, as far as JUnit XML needs it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const NAME = "[A-Za-z][A-Za-z0-9-]*";

/** Reads XML without comments, sections and doctypes; throws at what is not well-formed. */
export function readXml(document: string): XmlElement {
  const body = document.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, "");
  if (body === document) throw new Error("no XML declaration");
  if (/(?![\n\t])\p{Cc}|[\ufffe\uffff]|\p{Cs}/u.test(document)) throw new Error("a character that XML cannot have");
  const token = new RegExp(`<(/?)(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>|([^<]+)`, "y");
  const root = { name: "", attributes: {}, children: [] as XmlElement[], text: "" };
  const open: (typeof root)[] = [root];
  for (let at = 0; at < body.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(body);
    const parent = open.at(-1);
    if (match === null || parent === undefined) throw new Error(`not well-formed at: ${body.slice(at, at + 80)}`);
    const [, closing, name = "", attributes = "", empty, text] = match;
    if (text !== undefined) parent.text += decoded(text);
    else if (closing === "/") {
      if (parent.name !== name) throw new Error(`</${name}> closes <${parent.name}>`);
      open.pop();
    } else {
      const pairs = [...attributes.matchAll(new RegExp(`(${NAME})="([^"]*)"`, "g"))];
      const keys = pairs.map(([, key = ""]) => key);
      if (new Set(keys).size !== keys.length) throw new Error(`<${name}> has an attribute twice`);
      const entries = pairs.map(([, key = "", value = ""]) => [key, decoded(value)] as const);
      const element = { name, attributes: Object.fromEntries(entries), children: [], text: "" };
      parent.children.push(element);
      if (empty !== "/") open.push(element);
    }
  }
  const [document_, ...more] = root.children;
  if (open.length !== 1 || document_ === undefined || more.length > 0) throw new Error("not one whole element");
  return document_;
}

function decoded(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));|&/g, (whole, code?: string, name?: string) => {
    if (code !== undefined) return String.fromCodePoint(Number(code));
    const character = name === undefined ? undefined : ENTITIES[name];
    if (character === undefined) throw new Error(`${whole} is no entity`);
    return character;
  });
}

/** For each element: what it must have, what it may have, and what may be inside. What Jenkins (junit-10) and Surefire both take. */
const RULES: Readonly<
  Record<
    string,
    { readonly must: readonly string[]; readonly may: readonly string[]; readonly inside: readonly string[] }
  >
> = {
  testsuites: { must: [], may: ["name", "time", "tests", "failures", "errors"], inside: ["testsuite"] },
  testsuite: {
    must: ["name", "tests", "failures", "errors"],
    may: ["time", "skipped", "timestamp", "hostname", "id", "package"],
    inside: ["properties", "testcase", "system-out", "system-err"],
  },
  properties: { must: [], may: [], inside: ["property"] },
  property: { must: ["name", "value"], may: [], inside: [] },
  testcase: {
    must: ["name", "classname", "time"],
    may: [],
    inside: ["failure", "skipped", "error", "system-out", "system-err"],
  },
  failure: { must: ["type"], may: ["message"], inside: [] },
  error: { must: ["type"], may: ["message"], inside: [] },
  skipped: { must: [], may: ["message"], inside: [] },
  "system-out": { must: [], may: [], inside: [] },
  "system-err": { must: [], may: [], inside: [] },
};

const TEXTS = ["failure", "error", "skipped", "system-out", "system-err"];

/** What the document does that a reader of JUnit XML need not understand; empty if nothing. */
export function junitProblems(root: XmlElement): readonly string[] {
  return [...(root.name === "testsuites" ? [] : [`the root is <${root.name}>`]), ...elementProblems(root)];
}

function elementProblems(element: XmlElement): readonly string[] {
  const { name, attributes, children, text } = element;
  const rule = RULES[name];
  if (rule === undefined) return [`<${name}> is unknown`];
  const order = children.map((child) => rule.inside.indexOf(child.name));
  const time = attributes.time;
  return [
    ...rule.must.filter((key) => attributes[key] === undefined).map((key) => `<${name}> has no ${key}`),
    ...Object.keys(attributes)
      .filter((key) => !rule.must.includes(key) && !rule.may.includes(key))
      .map((key) => `<${name}> has ${key}`),
    ...children.filter((child) => !rule.inside.includes(child.name)).map((child) => `<${child.name}> in <${name}>`),
    // Surefire wants them in this order, Jenkins in any.
    ...(order.every((place, index) => index === 0 || place >= (order[index - 1] ?? 0)) ? [] : [`order in <${name}>`]),
    ...(text.trim() !== "" && !TEXTS.includes(name) ? [`text in <${name}>`] : []),
    ...(time !== undefined && !/^\d+\.\d{3}$/.test(time) ? [`time ${time}`] : []),
    ...(name.startsWith("testsuite") ? countProblems(element) : []),
    ...children.flatMap(elementProblems),
  ];
}

/** The numbers at the top are those of what is below. */
function countProblems(element: XmlElement): readonly string[] {
  const cases = testCases(element);
  const counted = {
    tests: cases.length,
    failures: cases.filter(({ children }) => children.some(({ name }) => name === "failure")).length,
    errors: cases.filter(({ children }) => children.some(({ name }) => name === "error")).length,
  };
  return Object.entries(counted)
    .filter(([key, count]) => element.attributes[key] !== String(count))
    .map(([key, count]) => `<${element.name}> says ${element.attributes[key]} ${key}, there are ${count}`);
}

export function testCases({ name, children }: XmlElement): readonly XmlElement[] {
  return name === "testsuite"
    ? children.filter((child) => child.name === "testcase")
    : children.flatMap((child) => testCases(child));
}
