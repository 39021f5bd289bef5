import type { Diagnostic, SourceFile, Span } from "./diagnostic.ts";
import { byPlace } from "./place-order.ts";
import { columnsOf, visible } from "./text-columns.ts";
import { type TextLines, textLines } from "./text-lines.ts";

export interface FrameOptions {
  readonly color: boolean;
  /** Columns of the terminal; what is under 40 counts as 40. */
  readonly width: number;
}

export interface ListOptions extends FrameOptions {
  /** Diagnostics to print in full; the rest is counted. 50 if not given. */
  readonly limit?: number;
}

/**
 * A diagnostic as text, without a line feed at its end:
 * ```text
 * error: chain main goes through "fwd", which is not under nfs
 *   --> lab.yaml:9:15
 *    |
 *  9 |   main: [gen, fwd, sink]
 *    |               ^^^
 *    = help: add fwd under nfs, or use one of gen and sink
 * ```
 */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  source: SourceFile | undefined,
  options: FrameOptions,
): string {
  return format(diagnostic, source && { file: source.file, lines: textLines(source.text) }, options);
}

/** All of them in the order of the file, with a blank line between and a count at the end. */
export function formatDiagnostics(
  list: readonly Diagnostic[],
  source: SourceFile | undefined,
  options: ListOptions,
): string {
  if (list.length === 0) return "";
  const { limit = 50 } = options;
  const text = source && { file: source.file, lines: textLines(source.text) };
  // Errors decide what is left out, the place decides the order of what is shown.
  const shown = [...list]
    .sort((a, b) => Number(b.severity === "error") - Number(a.severity === "error"))
    .slice(0, limit)
    .sort(byPlace);
  return [...shown.map((diagnostic) => format(diagnostic, text, options)), countLine(list, shown.length)].join("\n\n");
}

interface Text {
  readonly file: string;
  readonly lines: TextLines;
}

function format(diagnostic: Diagnostic, text: Text | undefined, options: FrameOptions): string {
  const { severity, message, help, span, related } = diagnostic;
  const width = Math.max(40, options.width);
  const paint = painter(options.color);
  const places = [...(span === undefined ? [] : [span]), ...related.map((other) => other.span)];
  const gutter = Math.max(1, ...places.map((place) => String(place.line).length));
  const tone = severity === "error" ? "red" : "yellow";
  const lines = wrap(`${severity}: `, message, width, 2).map((line, i) =>
    i === 0 ? paint(tone, severity) + paint("bold", line.slice(severity.length)) : paint("bold", line),
  );
  const context = { gutter, width, paint, text };
  if (span !== undefined) lines.push(...frame(span, "-->", "^", tone, context));
  for (const other of related) {
    lines.push(
      ...wrap(`${" ".repeat(gutter + 2)}= `, `note: ${other.message}`, width, gutter + 6),
      ...frame(other.span, "-->", "-", "blue", context),
    );
  }
  const indent = span === undefined ? "  " : `${" ".repeat(gutter + 2)}`;
  lines.push(...wrap(`${indent}= `, `help: ${help}`, width, indent.length + 2));
  return lines.join("\n");
}

interface FrameContext {
  readonly gutter: number;
  readonly width: number;
  readonly paint: Paint;
  readonly text: Text | undefined;
}

/** The place, the line and the mark under it; only the place if the text is not at hand. */
function frame(span: Span, arrow: string, mark: string, tone: Tone, context: FrameContext): readonly string[] {
  const { gutter, width, paint, text } = context;
  const blank = " ".repeat(gutter);
  const head = `${blank} ${paint("blue", arrow)} ${visible(span.file)}:${span.line}:${span.column}`;
  if (text === undefined || text.file !== span.file || span.line > text.lines.count) return [head];
  const bar = paint("blue", "|");
  const shown = columnsOf(text.lines.line(span.line), span.column - 1, span.length, width - gutter - 4);
  const number = paint("blue", String(span.line).padStart(gutter));
  const marks = paint(tone, mark.repeat(Math.max(1, shown.markWidth)));
  return [
    head,
    `${blank}  ${bar}`,
    ` ${number} ${bar} ${shown.text}`.trimEnd(),
    `${blank}  ${bar} ${" ".repeat(shown.markColumn)}${marks}`,
  ];
}

/** Breaks at spaces; a word longer than the line is broken anywhere. Lines after the first are indented. */
function wrap(lead: string, message: string, width: number, indent: number): readonly string[] {
  const lines: string[] = [];
  let line = lead;
  let bare = true;
  for (const word of visible(message).split(" ")) {
    const joined = bare ? line + word : `${line} ${word}`;
    if (joined.length <= width) {
      line = joined;
      bare = false;
      continue;
    }
    if (!bare) {
      lines.push(line);
      line = " ".repeat(indent);
    }
    line += word;
    while (line.length > width) {
      lines.push(line.slice(0, width));
      line = " ".repeat(indent) + line.slice(width);
    }
    bare = false;
  }
  return [...lines, line].map((each) => each.trimEnd());
}

function countLine(list: readonly Diagnostic[], shown: number): string {
  const errors = list.filter(({ severity }) => severity === "error").length;
  const warnings = list.length - errors;
  const parts = [
    ...(errors === 0 ? [] : [errors === 1 ? "1 error" : `${errors} errors`]),
    ...(warnings === 0 ? [] : [warnings === 1 ? "1 warning" : `${warnings} warnings`]),
  ];
  return parts.join(", ") + (shown < list.length ? `; the first ${shown} are shown` : "");
}

type Tone = "red" | "yellow" | "blue" | "bold";
type Paint = (tone: Tone, text: string) => string;

function painter(color: boolean): Paint {
  const codes: Readonly<Record<Tone, string>> = { red: "1;31", yellow: "1;33", blue: "1;34", bold: "1" };
  return (tone, text) => (color ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text);
}
