import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseDocument } from "yaml";
import type { Diagnostic, KeyPath } from "./diagnostic.ts";
import { foreignFile } from "./foreign-file.ts";
import type { TextLines } from "./text-lines.ts";
import { label } from "./thing-names.ts";
import { quote } from "./wording.ts";
import { syntaxDiagnostics } from "./yaml-syntax.ts";

/** The file's YAML as plain data with offsets: no aliases, no tags, no duplicate keys. */
export type YamlNode = YamlMap | YamlList | YamlScalar;

export interface YamlMap extends Extent {
  readonly kind: "map";
  /** In the order of the file. */
  readonly entries: readonly YamlEntry[];
  /** Whether the file gives some key again; the first counts. */
  readonly hasRepeats: boolean;
}

export interface YamlEntry {
  /** As written, without quotes. */
  readonly key: string;
  readonly quoted: boolean;
  readonly keyExtent: Extent;
  readonly value: YamlNode;
}

export interface YamlList extends Extent {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
}

export interface YamlScalar extends Extent {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
}

/** Offsets into the text. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

/** Far deeper than any topology, far shallower than the call stack. */
const DEEPEST = 16;

/** Reads one YAML document; `tree` is undefined if there is none or it cannot be trusted, and then an error says why. */
export function readYaml(
  file: string,
  lines: TextLines,
): { readonly tree: YamlNode | undefined; readonly diagnostics: readonly Diagnostic[] } {
  // Duplicate keys are ours to report, with both places.
  const document = parseDocument(lines.text, { prettyErrors: false, uniqueKeys: false, logLevel: "error" });
  const foreign = foreignFile(file, lines, document);
  if (foreign !== undefined) return { tree: undefined, diagnostics: [foreign] };
  const syntax = syntaxDiagnostics(file, lines, document);
  if (syntax.length > 0) return { tree: undefined, diagnostics: syntax };
  return convert(file, lines, document);
}

/** The plain value: null-prototype objects, so that no key of the user's means anything to JavaScript. */
export function toPlain(node: YamlNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(toPlain);
    case "map": {
      const plain: Record<string, unknown> = Object.create(null);
      for (const entry of node.entries) plain[entry.key] = toPlain(entry.value);
      return plain;
    }
  }
}

function convert(file: string, lines: TextLines, document: Document.Parsed): ReturnType<typeof readYaml> {
  const diagnostics: Diagnostic[] = [];
  /** Whether a part of the file is missing from the tree: what the rules would say about the rest could be wrong. */
  let hasHoles = false;
  const report = (
    code: string,
    extent: Extent,
    message: string,
    help: string,
    related: Diagnostic["related"] = [],
  ): void => {
    diagnostics.push({
      severity: "error",
      code,
      message,
      help,
      span: lines.span(file, extent.from, extent.to),
      related,
    });
  };

  const read = (node: Node | null, path: KeyPath, fallback: number): YamlNode => {
    const extent = extentOf(node, fallback);
    const nothing: YamlScalar = { kind: "scalar", value: null, from: fallback, to: fallback };
    if (node === null) return nothing;
    if (isAlias(node)) {
      hasHoles = true;
      report(
        "yaml-alias",
        extent,
        `"*${node.source}" is a YAML alias; corebed files have none`,
        "write the value out here",
      );
      return nothing;
    }
    rejectProperties(node, extent);
    if (path.length > DEEPEST) {
      hasHoles = true;
      report(
        "too-deep",
        extent,
        `the file nests more than ${DEEPEST} levels deep here`,
        "a topology needs no more than five; look for a stray bracket or indent",
      );
      return nothing;
    }
    if (isMap(node)) return { kind: "map", ...extent, ...readEntries(node.items as Pair[], path, extent) };
    if (isSeq(node)) {
      const items = (node.items as (Node | null)[]).map((item, i) => read(item, [...path, i], extent.from));
      return { kind: "list", ...extent, items };
    }
    const value = isScalar(node) ? node.value : null;
    const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    return { kind: "scalar", ...extent, value: isPlain ? value : null };
  };

  const readEntries = (
    pairs: readonly Pair[],
    path: KeyPath,
    around: Extent,
  ): Pick<YamlMap, "entries" | "hasRepeats"> => {
    const entries = new Map<string, YamlEntry>();
    let hasRepeats = false;
    for (const pair of pairs) {
      const entry = readEntry(pair, path, around);
      if (entry === undefined) continue;
      const first = entries.get(entry.key);
      hasRepeats ||= first !== undefined;
      if (first === undefined) entries.set(entry.key, entry);
      else reportTwice(path, entry, first);
    }
    return { entries: [...entries.values()], hasRepeats };
  };

  const readEntry = (pair: Pair, path: KeyPath, around: Extent): YamlEntry | undefined => {
    const node = pair.key as Node | null;
    const keyExtent = extentOf(node, around.from);
    if (isAlias(node)) {
      read(node, path, around.from);
      return undefined;
    }
    if (node !== null) rejectProperties(node, keyExtent);
    if (!isScalar(node) || node.value === null || node.value === "") {
      const what =
        node === null || isScalar(node) ? "a key is missing before this colon" : "a list or map cannot be a key";
      report("bad-key", keyExtent, what, "write a word, a colon and the value, such as  name: lab1");
      return undefined;
    }
    const quoted = node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE";
    const key = quoted || typeof node.value === "string" ? String(node.value) : (node.source ?? String(node.value));
    if (key === "<<" && !quoted) {
      hasHoles = true;
      report(
        "yaml-merge-key",
        keyExtent,
        `"<<" is a YAML merge key; corebed files have none`,
        "write the keys out here",
      );
      return undefined;
    }
    if (key === "__proto__") {
      report("bad-key", keyExtent, `"__proto__" cannot be a key`, "choose another word");
      return undefined;
    }
    return { key, quoted, keyExtent, value: read(pair.value as Node | null, [...path, key], keyExtent.to) };
  };

  const reportTwice = (path: KeyPath, entry: YamlEntry, first: YamlEntry): void => {
    const [message, help] = twiceWords(path, entry, first);
    const span = lines.span(file, first.keyExtent.from, first.keyExtent.to);
    report("given-twice", entry.keyExtent, message, help, [{ span, message: "first given here" }]);
  };

  const rejectProperties = (node: Node, extent: Extent): void => {
    const anchor = "anchor" in node ? node.anchor : undefined;
    if (anchor !== undefined) {
      const written = `&${anchor}`;
      const help = `remove ${quote(written)} and write the value wherever it is needed`;
      report("yaml-anchor", before("&", extent), `${quote(written)} is a YAML anchor; corebed files have none`, help);
    }
    // A scalar keeps its tag only if the file gives it one; collections carry the default.
    if (node.tag !== undefined && !/^tag:yaml\.org,2002:(?:map|seq)$/.test(node.tag)) {
      const written = before("!", extent);
      const help = 'remove it; for text that looks like a number use quotes: "1"';
      report(
        "yaml-tag",
        written,
        `${quote(lines.text.slice(written.from, written.to))} is a YAML tag; corebed files have none`,
        help,
      );
    }
  };

  /** Anchors and tags stand before the node that they belong to, in either order. */
  const before = (mark: "&" | "!", extent: Extent): Extent => {
    const start = Math.max(0, extent.from - 256);
    const properties = /(?:[&!][^\s,[\]{}]*\s+)+$/.exec(lines.text.slice(start, extent.from));
    const property = properties?.[0].split(/\s+/).find((word) => word.startsWith(mark));
    if (properties === null || property === undefined) return extent;
    const from = start + properties.index + properties[0].indexOf(property);
    return { from, to: from + property.length };
  };

  const tree = document.contents === null ? undefined : read(document.contents, [], 0);
  return { tree: hasHoles ? undefined : tree, diagnostics };
}

function extentOf(node: Node | null, fallback: number): Extent {
  const range = node?.range;
  return range ? { from: range[0], to: range[1] } : { from: fallback, to: fallback };
}

function twiceWords(path: KeyPath, entry: YamlEntry, first: YamlEntry): readonly [string, string] {
  const [section] = path;
  if (path.length === 1 && section === "cores") {
    const both = [first, entry].flatMap(({ value }) => (value.kind === "list" ? value.items : [value]));
    const owners = both.flatMap((node) => (node.kind === "scalar" && node.value !== null ? [String(node.value)] : []));
    return [
      `CPU ${label(entry.key)} is given twice`,
      `name everything that runs on it in one line: ${entry.key.slice(0, 8)}: [${owners.join(", ").slice(0, 60)}]`,
    ];
  }
  if (path.length === 1 && section === "nfs")
    return [`NF ${label(entry.key)} is given twice`, "give the second one a name of its own"];
  if (path.length === 1 && section === "chains")
    return [`chain ${label(entry.key)} is given twice`, "give the second one a name of its own"];
  const help =
    entry.value.kind === "scalar" ? "keep one of the two" : "put what both say into one, and remove the other";
  return [`${quote(entry.key)} is given twice`, help];
}
