import { formatCount } from "../../measure/quantity.ts";
import type { Arm, Result } from "../../measure/result.ts";
import type { Plot } from "./plot.ts";
import { barRows, type Row, rowsHeightPx } from "./row-plot.ts";

/** The longest bursts without loss of each arm, one dot for each search; undefined for other methods. */
export function burstRows(result: Result): Plot | undefined {
  const rows = result.arms.flatMap(rowOf);
  if (rows.length === 0) return undefined;
  const limited = rows.some(({ dots }) => dots.some(({ hollow }) => hollow));
  return {
    id: "bursts",
    title: "Longest burst without loss",
    description: `Bars of packets in a burst. ${rows.map(({ label, text }) => `${label}: ${text}`).join("; ")}.`,
    caption: `Bars: mean of the searches. Dots: what each search found${limited ? "; rings: the longest burst that was tried, so it may be longer" : ""}.`,
    table: {
      columns: [{ header: "arm" }, { header: "mean, packets", align: "right" }, { header: "each search, packets" }],
      rows: rows.map(({ label, value, dots }) => [
        label,
        value === undefined ? "-" : formatCount(value),
        dots.map(({ x }) => formatCount(x)).join(", "),
      ]),
    },
    heightPx: () => rowsHeightPx(rows),
    option: (widthPx) => barRows(rows, "packets in a burst", widthPx),
  };
}

function rowOf({ name, outcome }: Arm): readonly Row[] {
  if (outcome?.kind !== "back-to-back") return [];
  const { meanPackets, bursts } = outcome;
  const text = meanPackets === undefined ? "none passed" : `${formatCount(meanPackets)} packets`;
  const dots = bursts.map(({ packets, limited }, index) => ({
    x: packets,
    y: 0,
    title: `search ${index + 1}: ${formatCount(packets)} packets${limited ? ", the longest tried" : ""}`,
    hollow: limited,
  }));
  return [{ label: name, text, value: meanPackets, interval: undefined, dots }];
}
