import { formatNumber, formatPercent, formatRate } from "../../measure/quantity.ts";
import type { Arm, Result } from "../../measure/result.ts";
import type { MethodPoint } from "../../measure/search/outcome.ts";
import { base, dotSeries, lineSeries, numberAxis, uprightAxis } from "./look.ts";
import { seriesColour } from "./palette.ts";
import { type Dot, isNarrow, type Plot } from "./plot.ts";

const MEGA = 1e-6;
const PERCENT = 100;
const MILLISECONDS = 1000;
/** More dots than these over the width are drawn small. */
const MOST_APART = 60;
/** Up to so many intervals each has a dot; more would be a band. */
const MOST_DOTS = 400;

interface Figure {
  readonly id: string;
  readonly title: string;
  readonly axis: string;
  readonly value: (point: MethodPoint) => number;
}

const RATE: Figure = {
  id: "soak",
  title: "Throughput over time",
  axis: "Mpps delivered",
  value: ({ forwardingPps }) => forwardingPps * MEGA,
};
const LOSS: Figure = {
  id: "soak-loss",
  title: "Loss over time",
  axis: "loss, %",
  value: ({ lossRatio }) => lossRatio * PERCENT,
};

interface Timed {
  readonly seconds: number;
  readonly point: MethodPoint;
}

/** The intervals of a soak over the time that was measured; a plot of the loss only where there was some. */
export function soakSeries(result: Result): readonly Plot[] {
  const arms = result.arms
    .map((arm) => ({ name: arm.name, points: timedPoints(arm) }))
    .filter((arm) => arm.points.length > 0);
  if (arms.length === 0) return [];
  const lossy = arms.some(({ points }) => points.some(({ point }) => point.lossRatio > 0));
  return [RATE, ...(lossy ? [LOSS] : [])].map((figure) => plotOf(figure, arms));
}

/** Each interval at the middle of its time; pauses between intervals do not count. */
function timedPoints({ outcome }: Arm): readonly Timed[] {
  if (outcome?.kind !== "soak") return [];
  let endMs = 0;
  return outcome.points.map((point) => {
    const seconds = (endMs + point.durationMs / 2) / MILLISECONDS;
    endMs += point.durationMs;
    return { seconds, point };
  });
}

type SoakArm = { readonly name: string; readonly points: readonly Timed[] };

function plotOf(figure: Figure, arms: readonly SoakArm[]): Plot {
  const told = arms.map(({ name, points }) => {
    const values = points.map(({ point }) => figure.value(point));
    return `${name}: ${points.length} intervals, ${formatNumber(Math.min(...values))} to ${formatNumber(Math.max(...values))}`;
  });
  return {
    id: figure.id,
    title: figure.title,
    description: `${figure.axis} over time. ${told.join("; ")}.`,
    caption: `${marksText(arms)} Pauses between intervals are left out.`,
    table: {
      columns: [
        { header: "arm" },
        { header: "at, s", align: "right" },
        { header: "Mpps", align: "right" },
        { header: "loss, %", align: "right" },
      ],
      rows: arms.flatMap(({ name, points }) =>
        points.map(({ seconds, point }) => [
          name,
          formatNumber(seconds),
          formatNumber(point.forwardingPps * MEGA),
          formatNumber(point.lossRatio * PERCENT),
        ]),
      ),
    },
    heightPx: (widthPx) => (isNarrow(widthPx) ? 260 : 280),
    option: (widthPx) => ({
      ...base(
        widthPx,
        arms.map(({ name }) => name),
      ),
      xAxis: numberAxis("seconds", widthPx, { min: 0, max: endSeconds(arms) }),
      yAxis: uprightAxis(figure.axis, widthPx, { min: 0 }),
      series: arms.flatMap(({ name, points }, index) => [
        lineSeries(
          name,
          points
            .filter(({ point }) => point.usable)
            .map(({ seconds, point }) => [seconds, figure.value(point)] as const),
          index,
        ),
        dotSeries(name, dotsOf(figure, name, points), seriesColour(index), points.length > MOST_APART),
      ]),
    }),
  };
}

/** What a dot is; the line alone stands for intervals that are too many for dots. */
function marksText(arms: readonly SoakArm[]): string {
  const rings = arms.some(({ points }) => points.some(({ point }) => !point.usable)) ? "rings are in no figure" : "";
  const dots = arms.some(({ points }) => points.length <= MOST_DOTS) ? "dots: each interval" : "";
  const marks = ["Line: usable intervals", dots, rings].filter((text) => text !== "");
  return `${marks.join("; ")}.`;
}

/** When the last interval of any arm ended. */
function endSeconds(arms: readonly SoakArm[]): number {
  return Math.max(
    ...arms.map(({ points }) => points.reduce((sum, { point }) => sum + point.durationMs / MILLISECONDS, 0)),
  );
}

function dotsOf(figure: Figure, name: string, points: readonly Timed[]): readonly Dot[] {
  const drawn = points.length > MOST_DOTS ? points.filter(({ point }) => !point.usable) : points;
  return drawn.map(({ seconds, point }) => ({
    x: seconds,
    y: figure.value(point),
    title: `${name} at ${formatNumber(seconds)} s: ${formatRate(point.forwardingPps)}, ${formatPercent(point.lossRatio)} lost`,
    hollow: !point.usable,
  }));
}
