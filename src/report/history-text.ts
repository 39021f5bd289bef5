import type { Series } from "../measure/history.ts";
import { formatNumber, formatPercent, formatRate, formatRateRange, packetRateUnit } from "../measure/quantity.ts";
import { barChart } from "./bar-chart.ts";
import type { Output } from "./output.ts";
import { paint } from "./output.ts";
import { sparklines } from "./sparkline.ts";
import { hanging } from "./text.ts";

/** Of fewer results the bars say it all. */
const FEWEST_RESULTS = 3;

/** A series as text: its course in one line, a bar for each result, and a line where the level changed. */
export function formatHistory({ topology, arm, hostname, items, groups }: Series, output: Output): string {
  const rates = items.map(({ throughputPps }) => throughputPps);
  const unit = packetRateUnit(rates);
  const bars = barChart(
    items.map(({ startedAt, throughputPps }) => ({
      label: startedAt.slice(0, 16).replace("T", " "),
      value: throughputPps,
      text: formatNumber(throughputPps / unit.size),
    })),
    output,
  );
  const lines = bars.flatMap((bar, index) => {
    const place = groups.findIndex(({ start }) => start === index);
    const [before, group] = [groups[place - 1], groups[place]];
    if (before === undefined || group === undefined) return [bar];
    const size = before.mean > 0 ? `, ${formatPercent(Math.abs(group.mean / before.mean - 1))}` : "";
    const word = group.direction === "normal" ? "another spread" : `${group.direction}${size}`;
    return [`-- ${word}: ${formatRate(before.mean)} to ${formatRate(group.mean)}`, bar];
  });
  const range = formatRateRange(Math.min(...rates), Math.max(...rates));
  const course =
    items.length < FEWEST_RESULTS
      ? []
      : sparklines([{ label: "course", values: rates, text: range, keep: "lowest" }], output);
  const what = `${topology}, ${arm}, on ${hostname}: ${items.length} ${items.length === 1 ? "result" : "results"}, ${unit.name}`;
  return [...hanging("", what, output).map((line) => paint("bold", line, output)), ...course, ...lines].join("\n");
}
