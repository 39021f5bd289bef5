import {
  formatNumber,
  formatPercent,
  formatRate,
  formatRateRange,
  packetRateUnit,
  type Unit,
} from "../measure/quantity.ts";
import type { Arm } from "../measure/result.ts";
import type { OutcomeOf } from "../measure/search/outcome.ts";
import type { Trial } from "../measure/trial.ts";
import { barChart } from "./bar-chart.ts";
import { latencySearchLines, outcomeLines } from "./outcome-lines.ts";
import type { Output } from "./output.ts";
import { type Spark, sparklines, valuesInColumn } from "./sparkline.ts";
import { type Column, table } from "./table.ts";
import { hanging } from "./text.ts";

type Lines = readonly string[];

const INDENT = "  ";
const MICROSECOND_NS = 1000;

/** What an arm's method found, for a terminal: in lines, and where a course over loads or over time is what counts, drawn. `name` stands before it. */
export function outcomeText(arm: Arm, name: string, output: Output): Lines {
  const { outcome } = arm;
  const inner = { ...output, width: output.width - INDENT.length };
  const said = (lines: Lines) => lines.flatMap((line) => hanging("", `${name}${line}`, output));
  const drawn = (title: string, lines: Lines) =>
    lines.length === 0
      ? []
      : [
          ...hanging("", name === "" ? title : `${name}${title.charAt(0).toLowerCase()}${title.slice(1)}`, output),
          ...lines.map((line) => INDENT + line),
        ];
  switch (outcome?.kind) {
    case "loss-curve":
      return drawn("Lost at each load offered", lossBars(outcome, inner));
    case "latency-profile":
      return [
        ...said(latencySearchLines(outcome)),
        ...drawn("Latency at each load, us", latencyTable(outcome, arm.trials, inner)),
        ...drawn("Latency p99 at each load", latencyBars(outcome, inner)),
      ];
    case "soak":
      return [...said(outcomeLines(arm)), ...drawn("Over time", soakSparks(outcome, inner))];
    default:
      return said(outcomeLines(arm));
  }
}

/** A bar of all the width is a loss of so much at least: less than that should not look like a disaster. */
const FULL_LOSS = 0.01;

function lossBars({ points }: OutcomeOf<"loss-curve">, output: Output): Lines {
  const bars = points.map(({ loadPps, forwardingPps, lossRatio }) => ({
    label: formatRate(loadPps),
    value: lossRatio,
    text: `${formatPercent(lossRatio)} lost, ${formatRate(forwardingPps)} forwarded`,
  }));
  return barChart(bars, output, FULL_LOSS);
}

const percentileColumns = (loads: Unit): readonly Column[] => [
  { header: "of", align: "right" },
  { header: loads.name, align: "right" },
  { header: "p50", align: "right" },
  { header: "p90", align: "right", drop: 1 },
  { header: "p99", align: "right" },
  { header: "p99.9", align: "right", drop: 2 },
  { header: "p99.99", align: "right", drop: 3 },
  { header: "max", align: "right" },
];

function latencyTable({ points }: OutcomeOf<"latency-profile">, trials: readonly Trial[], output: Output): Lines {
  const unit = packetRateUnit(points.map(({ loadPps }) => loadPps));
  const rows = points.map(({ share, loadPps, trial }) => {
    const latency = trials.find(({ index }) => index === trial)?.latencyNs;
    const cell = (nanoseconds: number | undefined) =>
      nanoseconds === undefined ? "-" : formatNumber(nanoseconds / MICROSECOND_NS);
    const values = [latency?.p50, latency?.p90, latency?.p99, latency?.p999, latency?.p9999, latency?.max];
    return [formatPercent(share), formatNumber(loadPps / unit.size), ...values.map(cell)];
  });
  return rows.length === 0 ? [] : table(percentileColumns(unit), rows, output).lines;
}

function latencyBars({ points }: OutcomeOf<"latency-profile">, output: Output): Lines {
  const bars = points.flatMap(({ share, loadPps, latencyNs }) =>
    latencyNs === undefined
      ? []
      : [
          {
            label: `${formatPercent(share)}, ${formatRate(loadPps)}`,
            value: latencyNs.p99,
            text: `${formatNumber(latencyNs.p99 / MICROSECOND_NS)} us`,
          },
        ],
  );
  return bars.length < 2 ? [] : barChart(bars, output);
}

/** Fewer intervals than this are no course. */
const FEWEST_INTERVALS = 3;

function soakSparks({ points }: OutcomeOf<"soak">, output: Output): Lines {
  const rates = points.map(({ usable, forwardingPps }) => (usable ? forwardingPps : undefined));
  const known = rates.filter((rate) => rate !== undefined);
  if (known.length < FEWEST_INTERVALS) return [];
  const losses = points.map(({ usable, lossRatio }) => (usable ? lossRatio : undefined));
  const worst = Math.max(...losses.filter((loss) => loss !== undefined));
  const range = formatRateRange(Math.min(...known), Math.max(...known));
  const sparks: readonly Spark[] = [
    { label: "rate", values: rates, text: range, keep: "lowest" },
    ...(worst > 0
      ? [{ label: "loss", values: losses, text: `0 to ${formatPercent(worst)}`, from: 0, keep: "highest" as const }]
      : []),
  ];
  const each = valuesInColumn(sparks, output);
  const note = `(a column is the worst of ${each} intervals)`;
  return [...sparklines(sparks, output), ...(each > 1 ? hanging("", note, output) : [])];
}
