import type { Output } from "./output.ts";
import { paint } from "./output.ts";
import { clean, columnsOf, hanging } from "./text.ts";

export interface Bar {
  readonly label: string;
  /** Length of the bar; not negative. */
  readonly value: number;
  /** What is written behind it. */
  readonly text: string;
}

const EIGHTHS = ["", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"];
const WIDEST = 100;
const NARROWEST = 4;

/**
 * Horizontal bars from zero, to one scale; a value above zero always shows something. Where there is no room for bars, in words only.
 *
 * @param full - what a bar over the whole width stands for at least, where the longest bar is not much by itself
 */
export function barChart(bars: readonly Bar[], output: Output, full = 0): readonly string[] {
  const labels = bars.map((bar) => clean(bar.label, output));
  const labelWidth = Math.max(0, ...labels.map(columnsOf));
  const textWidth = Math.max(0, ...bars.map((bar) => columnsOf(bar.text)));
  const room = Math.min(output.width, WIDEST) - labelWidth - textWidth - 4;
  if (room < NARROWEST) return bars.flatMap(({ text }, index) => hanging("", `${labels[index] ?? ""} ${text}`, output));
  const longest = Math.max(full, ...bars.map((bar) => bar.value));
  return bars.map((bar, index) => {
    const share = longest > 0 ? bar.value / longest : 0;
    const drawn = output.unicode ? blocks(share * room) : "#".repeat(atLeastOne(share * room));
    const label = labels[index] ?? "";
    return `${label}${" ".repeat(labelWidth - columnsOf(label))}  ${paint("cyan", drawn, output)}${drawn === "" ? "" : "  "}${bar.text}`;
  });
}

function blocks(length: number): string {
  const eighths = length > 0 ? Math.max(1, Math.round(length * 8)) : 0;
  return "\u2588".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
}

function atLeastOne(length: number): number {
  return length > 0 ? Math.max(1, Math.round(length)) : 0;
}
