import type { Output, Style } from "../output.ts";
import { paint } from "../output.ts";

/** A grid of characters to draw on; it grows as it is drawn on. */
export class Canvas {
  readonly #rows: { readonly char: string; readonly style: Style | undefined }[][] = [];

  /** Writes a text from a column on, over what is there. */
  text(x: number, y: number, text: string, style?: Style): void {
    for (const [index, char] of [...text].entries()) {
      while (this.#rows.length <= y) this.#rows.push([]);
      const row = this.#rows[y] ?? [];
      while (row.length <= x + index) row.push({ char: " ", style: undefined });
      row[x + index] = { char, style };
    }
  }

  /** What was drawn, without blanks at the ends of lines. */
  lines(output: Pick<Output, "color">): readonly string[] {
    return this.#rows.map((row) => {
      const end = row.findLastIndex(({ char }) => char !== " ") + 1;
      let line = "";
      for (let at = 0; at < end; ) {
        const style = row[at]?.style;
        const next = row.findIndex((cell, index) => index > at && (index >= end || cell.style !== style));
        const stop = next === -1 ? end : Math.min(next, end);
        const part = row
          .slice(at, stop)
          .map(({ char }) => char)
          .join("");
        line += style === undefined ? part : paint(style, part, output);
        at = stop;
      }
      return line;
    });
  }
}

/** Characters that lines and boxes are made of. */
export interface Strokes {
  readonly across: string;
  readonly down: string;
  readonly topLeft: string;
  readonly topRight: string;
  readonly bottomLeft: string;
  readonly bottomRight: string;
  /** A line that leaves a box to the right, upwards, or to the left. */
  readonly outRight: string;
  readonly outUp: string;
  readonly outLeft: string;
  readonly right: string;
  readonly left: string;
  readonly up: string;
  readonly downArrow: string;
}

const LINES: Strokes = {
  across: "─",
  down: "│",
  topLeft: "┌",
  topRight: "┐",
  bottomLeft: "└",
  bottomRight: "┘",
  outRight: "├",
  outUp: "┴",
  outLeft: "┤",
  right: "►",
  left: "◄",
  up: "▲",
  downArrow: "▼",
};

const ASCII: Strokes = {
  across: "-",
  down: "|",
  topLeft: "+",
  topRight: "+",
  bottomLeft: "+",
  bottomRight: "+",
  outRight: "+",
  outUp: "+",
  outLeft: "+",
  right: ">",
  left: "<",
  up: "^",
  downArrow: "v",
};

/** Line drawing where the output has it, else plain ASCII. */
export function strokesOf({ unicode }: Pick<Output, "unicode">): Strokes {
  return unicode ? LINES : ASCII;
}

/** A box `width` columns wide with lines of text in it; a title stands in its upper edge. */
export function drawBox(
  canvas: Canvas,
  place: { readonly x: number; readonly y: number; readonly width: number; readonly title?: string },
  lines: readonly { readonly text: string; readonly style?: Style }[],
  strokes: Strokes,
): void {
  const { x, y, width, title } = place;
  const edge = strokes.across.repeat(width - 2);
  canvas.text(x, y, strokes.topLeft + edge + strokes.topRight);
  if (title !== undefined) canvas.text(x + 2, y, ` ${title} `, "bold");
  for (const [index, { text, style }] of lines.entries()) {
    canvas.text(x, y + 1 + index, strokes.down);
    canvas.text(x + 2, y + 1 + index, text, style);
    canvas.text(x + width - 1, y + 1 + index, strokes.down);
  }
  canvas.text(x, y + 1 + lines.length, strokes.bottomLeft + edge + strokes.bottomRight);
}
