import type { Output } from "./output.ts";

/** One line without control characters (no file, host or counter can move the cursor, or turn text round), and without what the output cannot show. */
export function clean(text: string, output: Pick<Output, "unicode">): string {
  const line = text.replace(/[\p{Cc}\p{Bidi_Control}]+/gu, " ");
  return output.unicode ? line : line.replace(/[^ -~]/gu, "?");
}

/** Columns that a text takes: one for each character. */
export function columnsOf(text: string): number {
  return [...text].length;
}

/** Lines of at most `width` columns, broken between words; a longer word gets a line of its own. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").filter((part) => part !== "")) {
    if (line !== "" && columnsOf(line) + 1 + columnsOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" ? lines : [...lines, line];
}

/** A wrapped sentence behind a mark, its further lines under the first: `! 2 of 5 trials ...`. `shown` is the mark as printed, in colour perhaps. */
export function hanging(mark: string, text: string, output: Output, shown: string = mark): readonly string[] {
  const indent = " ".repeat(columnsOf(mark));
  return wrap(clean(text, output), Math.max(20, output.width - indent.length)).map(
    (line, index) => `${index === 0 ? shown : indent}${line}`,
  );
}
