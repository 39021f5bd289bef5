import { type Document, visit, type YAMLError } from "yaml";
import type { Diagnostic } from "./diagnostic.ts";
import type { TextLines } from "./text-lines.ts";

interface Words {
  readonly code: string;
  readonly message: string;
  readonly help: string;
}

/** What makes the text no YAML, or YAML of a kind that corebed does not read; at most one error for each line, since one slip makes several. */
export function syntaxDiagnostics(file: string, lines: TextLines, document: Document.Parsed): readonly Diagnostic[] {
  const byLine = new Map<number, Diagnostic>();
  const problems = [...document.errors, ...document.warnings.filter((warning) => warning.code === "BAD_DIRECTIVE")];
  for (const problem of problems) {
    const span = lines.span(file, problem.pos[0], Math.max(problem.pos[1], problem.pos[0] + 1));
    if (byLine.has(span.line)) continue;
    if (byLine.size === MOST) break;
    const opened = openedAt(document, problem);
    const related =
      opened === undefined ? [] : [{ span: lines.span(file, opened, opened + 1), message: "opened here" }];
    byLine.set(span.line, { severity: "error", ...wordsFor(problem), span, related });
  }
  const { yaml } = document.directives;
  if (byLine.size === 0 && yaml.explicit && yaml.version !== "1.2") {
    const span = lines.span(file, lines.text.indexOf("%YAML"), lines.text.length);
    byLine.set(0, { severity: "error", ...DIRECTIVE, span, related: [] });
  }
  return [...byLine.values()].sort((a, b) => (a.span?.line ?? 0) - (b.span?.line ?? 0));
}

/** What comes after so many is seldom more than their echo. */
const MOST = 20;

/** Where the bracket or quote stands that the parser misses the other end of. */
function openedAt(document: Document.Parsed, problem: YAMLError): number | undefined {
  const isQuote = problem.message.startsWith("Missing closing");
  if (!isQuote && !/end with an? [\]}]/.test(problem.message)) return undefined;
  const [at] = problem.pos;
  let opened: number | undefined;
  visit(document, (_, node) => {
    if (typeof node !== "object" || node === null || !("range" in node) || !node.range) return;
    const [from, to] = node.range as [number, number, number];
    const fits = isQuote
      ? "type" in node && String(node.type).startsWith("QUOTE")
      : "flow" in node && node.flow === true;
    if (fits && from < at && to >= at - 1 && from >= (opened ?? 0)) opened = from;
  });
  return opened;
}

const DIRECTIVE: Words = {
  code: "yaml-directive",
  message: "this is a YAML directive; corebed files are YAML 1.2 and have none",
  help: "remove the line that begins with %",
};

function wordsFor(problem: YAMLError): Words {
  const syntax = (message: string, help: string): Words => ({ code: "yaml-syntax", message, help });
  switch (problem.code) {
    case "BAD_DIRECTIVE":
      return DIRECTIVE;
    case "MULTIPLE_DOCS":
      return {
        code: "several-documents",
        message: "a second YAML document begins here; a file holds one topology",
        help: "put the second topology into a file of its own",
      };
    case "RESOURCE_EXHAUSTION":
      return {
        code: "too-deep",
        message: "the file nests too deeply here",
        help: "a topology needs no more than five levels; look for brackets that are not closed",
      };
    case "BAD_ALIAS":
    case "ALIAS_PROPS":
      return {
        code: "yaml-alias",
        message: "this is a YAML alias; corebed files have none",
        help: "write the value out here; text that begins with * needs quotes",
      };
    case "MULTIPLE_ANCHORS":
      return { code: "yaml-anchor", message: "this is a YAML anchor; corebed files have none", help: "remove it" };
    case "MULTIPLE_TAGS":
    case "TAG_RESOLVE_FAILED":
      return { code: "yaml-tag", message: "this is a YAML tag; corebed files have none", help: "remove it" };
    case "TAB_AS_INDENT":
      return syntax("a tab stands where YAML wants spaces", "indent with spaces");
    case "BAD_SCALAR_START":
      return syntax("a value cannot begin with this character", "put the value in quotes");
    case "KEY_OVER_1024_CHARS":
      return syntax("this key is longer than YAML allows", "look for a missing line break or quote before the colon");
    case "BLOCK_AS_IMPLICIT_KEY":
      return syntax(
        "a second colon on this line, or a line that is indented too far",
        'put text that holds ": " in quotes, and begin keys of one map in the same column',
      );
    case "MULTILINE_IMPLICIT_KEY":
      return syntax("this key runs over several lines", "look for a missing colon, or an indent that is too deep");
    case "BAD_DQ_ESCAPE":
      return syntax("an unknown escape in double quotes", "write \\\\ for a backslash, or use single quotes");
    default:
      return otherWords(problem.message);
  }
}

/** Codes that cover several mistakes are told apart by the parser's words; what we do not know keeps them. */
function otherWords(message: string): Words {
  const syntax = (words: string, help: string): Words => ({ code: "yaml-syntax", message: words, help });
  const quoteMark = /Missing closing (["'])quote/.exec(message)?.[1];
  if (quoteMark !== undefined) return syntax(`a quote (${quoteMark}) is not closed`, `add the closing ${quoteMark}`);
  const bracket =
    /end with an? ([\]}])/.exec(message)?.[1] ??
    /expected flow (?:map|sequence) to end with ([\]}])/i.exec(message)?.[1];
  if (bracket !== undefined) {
    const open = bracket === "]" ? "[" : "{";
    return syntax(`a "${open}" is not closed before this`, `add the closing ${bracket}, and indent what it holds`);
  }
  if (
    message.startsWith("All mapping items must start at the same column") ||
    message.startsWith("All sequence items must start")
  ) {
    return syntax(
      "this line is indented differently from the others of its map or list",
      "begin all of them in the same column",
    );
  }
  if (message.startsWith("Implicit map keys need to be followed by map values")) {
    return syntax("a colon is missing after this key", "write  key: value  with a space after the colon");
  }
  const words = message.split("\n")[0] ?? "";
  return syntax(
    `this is not YAML: ${words.charAt(0).toLowerCase()}${words.slice(1, 100)}`,
    "look here and at the line above for a missing quote, bracket, colon or indent",
  );
}
