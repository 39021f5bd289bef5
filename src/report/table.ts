import type { Output } from "./output.ts";
import { paint } from "./output.ts";
import { clean, columnsOf } from "./text.ts";

export interface Column {
  readonly header: string;
  /** Header for when the table is too wide. */
  readonly short?: string;
  readonly align?: "left" | "right";
  /** Columns that may be left out for want of width, the lowest number first; without a number never. */
  readonly drop?: number;
}

export interface TableLayout {
  readonly lines: readonly string[];
  /** Headers of the columns that did not fit. */
  readonly dropped: readonly string[];
}

/**
 * Aligned columns that fit the width. What gives way, in this order: long headers, the second space between columns, columns marked `drop`, the ends of
 * the longest left-aligned cells. Numbers (right-aligned) are never cut.
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], output: Output): TableLayout {
  const cells = rows.map((row) => columns.map((_, index) => clean(row[index] ?? "", output)));
  const tries = attempts(columns).map((attempt) => ({ attempt, widths: widthsOf(attempt, cells) }));
  const fitting = tries.find(({ attempt, widths }) => total(widths, attempt.gap) <= output.width);
  const { attempt, widths } = fitting ?? squeeze(tries, output.width);
  return { lines: render(attempt, widths, cells, output), dropped: attempt.dropped };
}

interface Try {
  readonly attempt: Attempt;
  readonly widths: readonly number[];
}

interface Attempt {
  readonly shown: readonly { readonly index: number; readonly header: string; readonly right: boolean }[];
  readonly gap: number;
  readonly dropped: readonly string[];
}

/** Narrowest left-aligned column: enough for a letter or two and the mark that it was cut. */
const MIN_COLUMN = 4;

function attempts(columns: readonly Column[]): readonly Attempt[] {
  const dropOrder = columns
    .filter((column) => column.drop !== undefined)
    .toSorted((a, b) => (a.drop ?? 0) - (b.drop ?? 0));
  const make = (short: boolean, gap: number, drops: number): Attempt => {
    const gone = dropOrder.slice(0, drops);
    const shown = columns.flatMap((column, index) => {
      if (gone.includes(column)) return [];
      const header = short ? (column.short ?? column.header) : column.header;
      return [{ index, header, right: column.align === "right" }];
    });
    return { shown, gap, dropped: columns.filter((column) => gone.includes(column)).map((column) => column.header) };
  };
  const fewer = dropOrder.flatMap((_, index) => [make(true, 1, index + 1)]);
  return [make(false, 2, 0), make(true, 2, 0), make(true, 1, 0), ...fewer];
}

function widthsOf({ shown }: Attempt, cells: readonly (readonly string[])[]): readonly number[] {
  return shown.map(({ index, header }) =>
    Math.max(columnsOf(header), ...cells.map((row) => columnsOf(row[index] ?? ""))),
  );
}

function total(widths: readonly number[], gap: number): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap * Math.max(0, widths.length - 1);
}

/** The narrowest try, with columns taken off its widest left-aligned cells until it fits or nothing more can go. */
function squeeze(tries: readonly Try[], width: number): Try {
  const narrowest = tries.at(-1);
  if (narrowest === undefined) throw new Error("internal: a table without a way to lay it out");
  const { attempt } = narrowest;
  const widths = [...narrowest.widths];
  const left = attempt.shown.flatMap(({ right }, position) => (right ? [] : [position]));
  while (total(widths, attempt.gap) > width) {
    const widest = left.toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0];
    if (widest === undefined || (widths[widest] ?? 0) <= MIN_COLUMN) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return { attempt, widths };
}

function render(
  { shown, gap }: Attempt,
  widths: readonly number[],
  cells: readonly (readonly string[])[],
  output: Output,
): readonly string[] {
  const line = (texts: readonly string[]) =>
    shown
      .map(({ right }, position) => inColumn(texts[position] ?? "", widths[position] ?? 0, right, output))
      .join(" ".repeat(gap))
      .trimEnd();
  return [
    paint("bold", line(shown.map(({ header }) => header)), output),
    ...cells.map((row) => line(shown.map(({ index }) => row[index] ?? ""))),
  ];
}

function inColumn(text: string, width: number, right: boolean, output: Output): string {
  const length = columnsOf(text);
  if (length > width) return `${[...text].slice(0, width - 1).join("")}${output.unicode ? "\u2026" : "~"}`;
  return right ? text.padStart(width) : text + " ".repeat(width - length);
}
