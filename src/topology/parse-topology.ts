import { decodeText } from "./decode-text.ts";
import type { Diagnostic, SourceFile } from "./diagnostic.ts";
import { diagnosticList } from "./diagnostic-list.ts";
import { draftOf, finished } from "./draft.ts";
import { byPlace } from "./place-order.ts";
import { ALL_RULES } from "./rules/all-rules.ts";
import { checkAgainstSchema } from "./schema-issues.ts";
import { sourceFile } from "./source-file.ts";
import { type TextLines, textLines } from "./text-lines.ts";
import type { Topology } from "./topology.ts";
import { readYaml, toPlain, type YamlNode } from "./yaml-tree.ts";

export type ParseResult =
  | {
      readonly ok: true;
      readonly topology: Topology;
      readonly source: SourceFile;
      readonly warnings: readonly Diagnostic[];
    }
  | {
      readonly ok: false;
      /** Undefined if the file is too large to be looked at. */
      readonly source: SourceFile | undefined;
      /** In the order of the file; at least one is an error. */
      readonly diagnostics: readonly Diagnostic[];
    };

/** Topologies of thousands of NFs stay below this; what is larger is another kind of file. One byte more is enough to read of any file. */
export const LARGEST_FILE_BYTES = 1024 * 1024;

/** Reads a topology and says everything that is wrong with it. Never throws, whatever the bytes are. `file` is the name to show. */
export function parseTopology(bytes: Uint8Array, file: string): ParseResult {
  if (bytes.length > LARGEST_FILE_BYTES) return { ok: false, source: undefined, diagnostics: [tooLarge(file)] };
  const decoded = decodeText(bytes);
  const lines = textLines(decoded.text);
  const refuse = (...diagnostics: readonly Diagnostic[]): ParseResult => ({
    ok: false,
    source: sourceFile(file, lines),
    diagnostics,
  });
  if (!decoded.ok) return refuse(notUtf8(decoded, file, lines, bytes));
  const control = controlCharacter(file, lines);
  if (control !== undefined) return refuse(control);
  const { tree, diagnostics } = readYaml(file, lines);
  if (tree === undefined) return refuse(...(diagnostics.length > 0 ? diagnostics : [empty(file, lines)]));
  return checkTree(file, lines, tree, diagnostics);
}

function checkTree(file: string, lines: TextLines, tree: YamlNode, found: readonly Diagnostic[]): ParseResult {
  const source = sourceFile(file, lines, tree);
  if (tree.kind === "scalar" && tree.value === null) {
    return { ok: false, source, diagnostics: found.length > 0 ? found : [empty(file, lines)] };
  }
  const report = diagnosticList(source);
  checkAgainstSchema(toPlain(tree), report);
  const draft = draftOf(tree);
  for (const rule of ALL_RULES) rule(draft, report, source);
  const diagnostics = [...found, ...report.all].sort(byPlace);
  if (diagnostics.some(({ severity }) => severity === "error")) return { ok: false, source, diagnostics };
  const topology = finished(draft);
  if (topology === undefined) throw new Error("internal: a topology without errors is not complete");
  return { ok: true, topology, source, warnings: diagnostics };
}

function tooLarge(file: string): Diagnostic {
  return {
    severity: "error",
    code: "file-too-large",
    message: `${file} has more than ${LARGEST_FILE_BYTES / 1024 / 1024} MiB, the most that a topology has`,
    help: "check that this is the right file; split a lab this large into several topologies",
    span: undefined,
    related: [],
  };
}

function notUtf8(
  decoded: { badByte: number; byteOffset: number; offset: number },
  file: string,
  lines: TextLines,
  bytes: Uint8Array,
): Diagnostic {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const byte = `0x${decoded.badByte.toString(16).padStart(2, "0")}`;
  return {
    severity: "error",
    code: "not-utf8",
    message: wide ? "the file is UTF-16, not UTF-8" : `byte ${decoded.byteOffset} (${byte}) is not UTF-8`,
    help: wide
      ? "save it as UTF-8: iconv -f UTF-16 -t UTF-8"
      : "save the file as UTF-8; if it was Latin-1: iconv -f ISO-8859-1 -t UTF-8",
    span: lines.span(file, decoded.offset, decoded.offset + 1),
    related: [],
  };
}

/** YAML allows none but tabs and line ends, and nobody wants them unseen in a name. */
function controlCharacter(file: string, lines: TextLines): Diagnostic | undefined {
  const { text } = lines;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 0x9f || (code >= 0x20 && code < 0x7f) || code === 0x09 || code === 0x0a || code === 0x85) continue;
    if (code === 0x0d && text.charCodeAt(at + 1) === 0x0a) continue;
    const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
    return {
      severity: "error",
      code: "control-character",
      message:
        code === 0x0d
          ? "a carriage return stands alone, without a line feed"
          : `the control character ${name} stands here`,
      help:
        code === 0x0d
          ? "save the file with LF or CRLF line ends"
          : "remove it; if the file is full of them, it is not text",
      span: lines.span(file, at, at + 1),
      related: [],
    };
  }
  return undefined;
}

function empty(file: string, lines: TextLines): Diagnostic {
  const blank = lines.text.trim() === "";
  return {
    severity: "error",
    code: "empty-file",
    message: blank ? `${file} is empty` : `${file} holds no topology`,
    help: "a topology needs name, cores, nfs and chains; topologies/pktgen-stats.yaml is one to start from",
    span: undefined,
    related: [],
  };
}
