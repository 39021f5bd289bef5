import { formatNumber } from "../../measure/quantity.ts";
import type { Result } from "../../measure/result.ts";
import type { Comparison } from "../../measure/statistics/comparison.ts";
import { ratioOf } from "../arm-table.ts";
import { intervalSeries } from "./interval-series.ts";
import { base, numberAxis } from "./look.ts";
import { INK, SERIES } from "./palette.ts";
import type { Plot } from "./plot.ts";
import { intervalsOf, type Row, rowAxis, rowsHeightPx } from "./row-plot.ts";

/** How many times the throughput of another each arm has, with the interval; undefined where no comparison has one. */
export function ratioIntervals(result: Result): Plot | undefined {
  const [first, ...others] = result.arms;
  const baseline = result.baseline?.arms ?? [];
  const compared = [
    ...(result.kind === "sweep" ? [] : others).map(({ name, comparison }) => ({
      label: baseline.length === 0 ? name : `${name} / ${first?.name ?? ""}`,
      comparison,
    })),
    ...baseline.map(({ name, comparison }) => ({ label: `${name} / baseline`, comparison })),
  ].flatMap(({ label, comparison }) => (comparison?.interval ? [{ label, comparison }] : []));
  if (compared.length === 0) return undefined;
  const rows = compared.map(({ label, comparison }) => rowOf(label, comparison));
  const level = Math.min(...compared.map(({ comparison }) => comparison.interval?.confidence ?? 1));
  return {
    id: "ratio",
    title: baseline.length === 0 ? `Throughput as a multiple of ${first?.name ?? ""}` : "Ratio of throughputs",
    description: `Ratios with their intervals. ${rows.map(told).join("; ")}.`,
    caption: `Points: ratio. Lines: its interval, ${formatNumber(level * 100).replace(/\.0$/, "")} % sure. An interval across the upright line at 1 cannot tell which is faster.`,
    table: {
      columns: [
        { header: "compared" },
        { header: "ratio", align: "right" },
        { header: "from", align: "right" },
        { header: "to", align: "right" },
        { header: "verdict" },
      ],
      rows: compared.map(({ label, comparison }) => [
        label,
        `${formatNumber(ratioOf(comparison) ?? 0)}x`,
        `${formatNumber(comparison.interval?.low ?? 0)}x`,
        `${formatNumber(comparison.interval?.high ?? 0)}x`,
        comparison.verdict === "unknown" ? "cannot tell" : comparison.verdict,
      ]),
    },
    heightPx: () => rowsHeightPx(rows),
    option: (widthPx) => optionOf(rows, widthPx),
  };
}

function rowOf(label: string, comparison: Comparison): Row {
  const { interval } = comparison;
  const ratio = ratioOf(comparison) ?? 0;
  const times = (value: number) => `${formatNumber(value)}x`;
  return {
    label,
    text: times(ratio),
    value: ratio,
    interval,
    dots: [],
  };
}

function told({ label, text, interval }: Row): string {
  return interval === undefined
    ? `${label}: ${text}`
    : `${label}: ${text}, from ${formatNumber(interval.low)}x to ${formatNumber(interval.high)}x`;
}

function optionOf(rows: readonly Row[], widthPx: number) {
  const values = [1, ...rows.flatMap(({ value, interval }) => [value ?? 1, interval?.low ?? 1, interval?.high ?? 1])];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // Equal distances for equal factors, where the factors are large; zero has no place there.
  const logarithmic = low > 0 && high / low > 5;
  const room = logarithmic ? (high / low) ** 0.1 : 0.1 * (high - low) + 0.01;
  const [from, to] = logarithmic ? [low / room, high * room] : [Math.max(0, low - room), high + room];
  const label = (value: number) => `${formatNumber(value)}x`;
  return {
    ...base(widthPx),
    xAxis: numberAxis(logarithmic ? "ratio, logarithmic" : "ratio", widthPx, {
      type: logarithmic ? "log" : "value",
      min: from,
      max: to,
      axisLabel: { formatter: label, hideOverlap: true, showMinLabel: !logarithmic, showMaxLabel: !logarithmic },
    }),
    yAxis: rowAxis(rows, widthPx),
    series: [
      {
        ...intervalSeries(intervalsOf(rows)),
        markLine: {
          silent: true,
          symbol: "none",
          label: { show: false },
          lineStyle: { color: INK.light, type: "dashed", width: 1 },
          data: [{ xAxis: 1 }],
        },
      },
      {
        type: "scatter",
        silent: true,
        z: 6,
        symbol: "diamond",
        symbolSize: 13,
        itemStyle: { color: SERIES[0]?.light, opacity: 1 },
        data: rows.map(({ value, label: name, text }, row) => ({ value: [value ?? 1, row], name: `${name}: ${text}` })),
      },
    ],
  };
}
