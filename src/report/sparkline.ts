import type { Output } from "./output.ts";
import { paint } from "./output.ts";
import { clean, columnsOf, hanging } from "./text.ts";

/** A series over time in one line: what it is of, its values, and what is written behind it (its range, as the line itself shows none). */
export interface Spark {
  readonly label: string;
  /** In the order of time; undefined leaves a gap. */
  readonly values: readonly (number | undefined)[];
  readonly text: string;
  /** What the lowest mark stands for: the lowest value if not given. */
  readonly from?: number;
  /** Which of several values a column shows where there are more values than columns: the one that matters. */
  readonly keep: "lowest" | "highest";
}

const BLOCKS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/** The same in ASCII: the more ink, the more. */
const MARKS = ["_", ".", "-", "~", "=", "+", "*", "#"];
const WIDEST = 100;
const NARROWEST = 8;

/** Sparklines under each other, as wide as the output at most; in words only where there is no room. */
export function sparklines(sparks: readonly Spark[], output: Output): readonly string[] {
  const labels = sparks.map(({ label }) => clean(label, output));
  const labelWidth = widest(labels);
  const room = roomFor(sparks, output);
  return sparks.flatMap(({ values, text, from, keep }, index) => {
    const label = labels[index] ?? "";
    if (room < Math.min(NARROWEST, values.length)) return hanging("", `${label} ${text}`, output);
    const drawn = sparkline(bundled(values, room, keep), from, output);
    return [`${label}${" ".repeat(labelWidth - columnsOf(label))}  ${paint("cyan", drawn, output)}  ${text}`];
  });
}

/** How many values one column of such lines stands for. */
export function valuesInColumn(sparks: readonly Spark[], output: Output): number {
  return perColumn(Math.max(0, ...sparks.map(({ values }) => values.length)), roomFor(sparks, output));
}

function roomFor(sparks: readonly Spark[], { width }: Output): number {
  return (
    Math.min(width, WIDEST) - widest(sparks.map(({ label }) => label)) - widest(sparks.map(({ text }) => text)) - 4
  );
}

const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(columnsOf));

const perColumn = (values: number, room: number) => Math.max(1, Math.ceil(values / Math.max(1, room)));

function bundled(
  values: readonly (number | undefined)[],
  room: number,
  keep: Spark["keep"],
): readonly (number | undefined)[] {
  const each = perColumn(values.length, room);
  return Array.from({ length: Math.ceil(values.length / each) }, (_, column) => {
    const some = values.slice(column * each, (column + 1) * each).filter((value) => value !== undefined);
    if (some.length === 0) return undefined;
    return keep === "lowest" ? Math.min(...some) : Math.max(...some);
  });
}

function sparkline(values: readonly (number | undefined)[], from: number | undefined, output: Output): string {
  const known = values.filter((value) => value !== undefined);
  const [lowest, highest] = [from ?? Math.min(...known), Math.max(...known)];
  const marks = output.unicode ? BLOCKS : MARKS;
  const top = marks.length - 1;
  return values
    .map((value) => {
      if (value === undefined) return " ";
      // All alike is neither low nor high.
      const share = highest > lowest ? (value - lowest) / (highest - lowest) : 0.5;
      return marks[Math.max(0, Math.min(top, Math.round(share * top)))] ?? "";
    })
    .join("");
}
