import type { Span } from "./diagnostic.ts";

/** Turns offsets into lines and columns. Lines end at LF or CRLF; the line ending belongs to no line. */
export interface TextLines {
  readonly text: string;
  readonly count: number;
  /** Content of a line, counted from 1, without its line ending; empty if there is no such line. */
  readonly line: (number: number) => string;
  /** The place `from..to`, cut at the end of its first line and at the ends of the text. */
  readonly span: (file: string, from: number, to: number) => Span;
}

export function textLines(text: string): TextLines {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);

  const endOf = (index: number): number => {
    const next = starts[index + 1];
    if (next === undefined) return text.length;
    return text[next - 2] === "\r" && next - 2 >= (starts[index] ?? 0) ? next - 2 : next - 1;
  };

  return {
    text,
    count: starts.length,
    line: (number) => {
      const start = starts[number - 1];
      return start === undefined ? "" : text.slice(start, endOf(number - 1));
    },
    span: (file, from, to) => {
      const offset = Math.max(0, Math.min(from, text.length));
      const index = lastNotAfter(starts, offset);
      const start = starts[index] ?? 0;
      const end = endOf(index);
      const begin = Math.min(offset, end);
      return {
        file,
        line: index + 1,
        column: begin - start + 1,
        length: Math.max(0, Math.min(to, end) - begin),
      };
    },
  };
}

function lastNotAfter(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
