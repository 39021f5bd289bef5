import { formatNumber } from "../../measure/quantity.ts";
import type { Arm, Result } from "../../measure/result.ts";
import { base, dotSeries, legendPx, lineSeries, numberAxis, uprightAxis } from "./look.ts";
import { seriesColour } from "./palette.ts";
import { type Dot, isNarrow, type Plot } from "./plot.ts";
import { type SweepAxis, type SweepLine, sweepAxis } from "./sweep-axis.ts";
import { trialTitle } from "./trial-title.ts";

const MEGA = 1e-6;
const MICRO = 1e-3;
const MOST_LINES = 8;

/** What is drawn over the parameter. */
interface Figure {
  readonly id: string;
  readonly title: string;
  readonly axis: string;
  readonly value: (arm: Arm) => number | undefined;
  readonly dots: (arm: Arm, x: number) => readonly Dot[];
}

const THROUGHPUT: Figure = {
  id: "throughput",
  title: "Throughput",
  axis: "Mpps delivered",
  value: ({ throughputPps }) => throughputPps && throughputPps.median * MEGA,
  dots: (arm, x) =>
    arm.trials.map((trial) => ({
      x,
      y: trial.throughputPps * MEGA,
      title: trialTitle(trial),
      hollow: !trial.usable,
    })),
};

const LATENCY: Figure = {
  id: "sweep-latency",
  title: "Median latency",
  axis: "p50 latency in us",
  value: ({ latencyNs }) => latencyNs && latencyNs.p50.median * MICRO,
  dots: (arm, x) =>
    arm.trials.flatMap((trial) =>
      trial.latencyNs === undefined
        ? []
        : [{ x, y: trial.latencyNs.p50 * MICRO, title: trialTitle(trial), hollow: !trial.usable }],
    ),
};

/** Throughput and latency over the parameter that was swept; none where it has no numbers. */
export function sweepLines(result: Result): readonly Plot[] {
  const axis = result.kind === "sweep" ? sweepAxis(result.arms) : undefined;
  if (axis === undefined) return [];
  const plain = result.method.kind === "fixed-rate" || result.method.kind === "max-rate";
  return [THROUGHPUT, LATENCY]
    .map((figure) => (plain ? figure : { ...figure, dots: () => [] }))
    .filter(({ value }) => result.arms.some((arm) => value(arm) !== undefined))
    .map((figure) => plotOf(figure, axis));
}

function plotOf(figure: Figure, axis: SweepAxis): Plot {
  const { parameter } = axis;
  const named = axis.lines.some(({ name }) => name !== "");
  const lines = axis.lines.slice(0, MOST_LINES);
  const left = axis.lines.length - lines.length;
  const shown = (arm: Arm) => {
    const value = figure.value(arm);
    return value === undefined ? "-" : formatNumber(value);
  };
  const told = ({ name, points }: SweepLine) =>
    `${name === "" ? "" : `${name}: `}${points.map(({ x, arm }) => `${shown(arm)} at ${x}`).join(", ")}`;
  const dots = lines.some(({ points }) => points.some(({ x, arm }) => figure.dots(arm, x).length > 0));
  return {
    id: figure.id,
    title: `${figure.title} by ${parameter}`,
    description: `${figure.axis} over ${parameter}. ${axis.lines.map(told).join("; ")}.`,
    caption: `Lines: ${dots ? "medians of the usable trials. Dots: every trial; rings are in no figure" : "what was found"}.${left > 0 ? ` The first ${lines.length} of ${axis.lines.length} lines are drawn; all are in the table.` : ""}`,
    table: {
      columns: [
        { header: parameter },
        ...axis.lines.map(({ name }) => ({ header: named ? name : figure.axis, align: "right" as const })),
      ],
      rows: axis.values.map((value) => [
        String(value),
        ...axis.lines.map(({ points }) => {
          const point = points.find(({ x }) => x === value);
          return point === undefined ? "-" : shown(point.arm);
        }),
      ]),
    },
    heightPx: (widthPx) =>
      (isNarrow(widthPx) ? 280 : 320) +
      legendPx(
        widthPx,
        lines.map(({ name }) => name),
      ),
    option: (widthPx) => optionOf(figure, { ...axis, lines }, widthPx),
  };
}

function optionOf(figure: Figure, { parameter, lines, logarithmic, values }: SweepAxis, widthPx: number) {
  const whole = values.every((value) => Number.isInteger(value));
  return {
    ...base(
      widthPx,
      lines.map(({ name }) => name),
    ),
    xAxis: numberAxis(logarithmic ? `${parameter}, logarithmic` : parameter, widthPx, {
      type: logarithmic ? "log" : "value",
      scale: true,
      ...(whole && !logarithmic && { minInterval: 1 }),
      ...edges(values, logarithmic),
      axisLabel: { formatter: (value: number) => short(value), hideOverlap: true },
    }),
    yAxis: uprightAxis(figure.axis, widthPx, { min: 0 }),
    series: lines.flatMap(({ name, points }, index) => [
      lineSeries(
        name,
        points.flatMap(({ x, arm }) => {
          const value = figure.value(arm);
          return value === undefined ? [] : [[x, value] as const];
        }),
        index,
      ),
      dotSeries(
        name,
        points.flatMap(({ x, arm }) => figure.dots(arm, x)),
        seriesColour(index),
      ),
    ]),
  };
}

/** Room beside the first and the last value, so that their dots are whole. */
function edges(values: readonly number[], logarithmic: boolean): { readonly min?: number; readonly max?: number } {
  if (logarithmic) return {};
  const [low = 0, high = 0] = [values[0], values.at(-1)];
  return values.length > 6 || high - low > 50 ? { min: 0 } : { min: low - 1, max: high + 1 };
}

/** 1000000 as 1M: labels of an axis are short. */
function short(value: number): string {
  for (const [size, unit] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (value >= 10 * size || (value >= size && value % size === 0))
      return `${Number((value / size).toFixed(1))}${unit}`;
  }
  return String(Number(value.toPrecision(3)));
}
