/** Attributes of an element, in the order they are written. */
export type Attributes = Readonly<Record<string, string | number>>;

/** An XML element on lines of its own: elements inside of it, indented, or a text as it is. */
export function element(
  name: string,
  attributes: Attributes,
  inside: readonly string[] | string = [],
): readonly string[] {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${attribute(String(value))}"`);
  const start = `<${name}${pairs.join("")}`;
  if (typeof inside === "string") return [`${start}>${content(inside)}</${name}>`];
  if (inside.length === 0) return [`${start}/>`];
  return [`${start}>`, ...inside.map((line) => ` ${line}`), `</${name}>`];
}

function content(text: string): string {
  return allowed(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

/** A line feed as it is would be read as a blank. */
function attribute(text: string): string {
  return content(text).replace(/"/g, "&quot;").replace(/\n/g, "&#10;").replace(/\t/g, "&#9;");
}

/** XML 1.0 has no way to write most control characters, lone surrogates and the two that are no characters. */
function allowed(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(/(?![\n\t])\p{Cc}|[\ufffe\uffff]/gu, "");
}
