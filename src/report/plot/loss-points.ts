import { formatNumber, formatPercent, formatRate } from "../../measure/quantity.ts";
import type { Arm, Result } from "../../measure/result.ts";
import type { MethodOutcome, MethodPoint } from "../../measure/search/outcome.ts";
import type { Trial } from "../../measure/trial.ts";
import { base, dotSeries, lineSeries, numberAxis, uprightAxis } from "./look.ts";
import { MUTED, seriesColour } from "./palette.ts";
import { type Dot, isNarrow, type Plot } from "./plot.ts";
import { trialTitle } from "./trial-title.ts";

const MEGA = 1e-6;
const PERCENT = 100;

interface LoadedArm {
  readonly name: string;
  readonly dots: readonly Dot[];
  /** Usable points from the lowest load, where the method went through them in steps. */
  readonly line: readonly (readonly [number, number])[];
}

/** Loss over the load that was asked for: the curve where the method gave one, the trials of a search otherwise; undefined where every trial had one load. */
export function lossPoints(result: Result): Plot | undefined {
  const curve = result.method.kind === "loss-curve";
  if (!curve && result.method.kind !== "search" && result.method.kind !== "latency-profile") return undefined;
  const arms = result.arms.map((arm) => (curve ? ofCurve(arm) : ofSearch(arm))).filter(({ dots }) => dots.length > 0);
  if (arms.length === 0) return undefined;
  const found = result.arms.length === 1 ? goalsOf(result.arms[0]?.outcome) : [];
  const worst = (arm: LoadedArm) => Math.max(0, ...arm.dots.map(({ y }) => y));
  return {
    id: "loss",
    title: curve ? "Loss curve" : "Loss at each load that was tried",
    description: `Loss over load. ${arms.map((arm) => `${arm.name}: ${arm.dots.length} trials, at most ${formatPercent(worst(arm) / PERCENT)} lost`).join("; ")}.`,
    caption: `Dots: every trial${arms.some(({ dots }) => dots.some(({ hollow }) => hollow)) ? "; rings are in no figure" : ""}.${found.length > 0 ? ` Upright lines: ${found.map(({ name }) => name).join(" and ")}.` : ""} Unsent packets count as lost.`,
    table: {
      columns: [
        ...(arms.length > 1 ? [{ header: "arm" }] : []),
        { header: "load, Mpps", align: "right" },
        { header: "loss, %", align: "right" },
        { header: "trial" },
      ],
      rows: arms.flatMap(({ name, dots }) =>
        dots
          .toSorted((a, b) => a.x - b.x)
          .map(({ x, y, title }) => [...(arms.length > 1 ? [name] : []), formatNumber(x), formatNumber(y), title]),
      ),
    },
    heightPx: (widthPx) => (isNarrow(widthPx) ? 280 : 320),
    option: (widthPx) => optionOf(arms, found, widthPx),
  };
}

function ofCurve({ name, outcome, trials }: Arm): LoadedArm {
  const points = outcome?.kind === "loss-curve" ? outcome.points : [];
  const dots = points.map((point) => ({
    x: point.loadPps * MEGA,
    y: point.lossRatio * PERCENT,
    title: pointTitle(point, trials),
    hollow: !point.usable,
  }));
  const line = points
    .filter(({ usable }) => usable)
    .map(({ loadPps, lossRatio }) => [loadPps * MEGA, lossRatio * PERCENT] as const)
    .toSorted(([a], [b]) => a - b);
  return { name, dots, line };
}

function pointTitle({ loadPps, lossRatio, trial: index }: MethodPoint, trials: readonly Trial[]): string {
  const trial = trials.find((one) => one.index === index);
  return trial ? trialTitle(trial) : `${formatRate(loadPps)} offered, ${formatPercent(lossRatio)} lost`;
}

/** Trials of a search ask for many loads in no order that a line could follow. The first one asks for the maximum: its load is what was sent. */
function ofSearch({ name, trials }: Arm): LoadedArm {
  const dots = trials.map((trial) => ({
    x: (trial.askedPps === undefined ? sentPps(trial) : trial.askedPps * trial.chains.length) * MEGA,
    y: Math.max(0, trial.lossRatio) * PERCENT,
    title: trialTitle(trial),
    hollow: !trial.usable,
  }));
  return { name, dots, line: [] };
}

function sentPps({ chains }: Trial): number {
  return chains.reduce((sum, { sent, durationNs }) => sum + (durationNs > 0 ? (sent / durationNs) * 1e9 : 0), 0);
}

interface Found {
  readonly name: string;
  readonly x: number;
}

function goalsOf(outcome: MethodOutcome | undefined): readonly Found[] {
  const search = outcome?.kind === "latency-profile" ? outcome.search : outcome;
  if (search?.kind !== "search") return [];
  return search.goals.flatMap(({ goal, lowerPps }) =>
    lowerPps === undefined ? [] : [{ name: goal.name, x: lowerPps * MEGA }],
  );
}

function optionOf(arms: readonly LoadedArm[], found: readonly Found[], widthPx: number) {
  const names = arms.map(({ name }) => name);
  return {
    ...base(widthPx, names),
    xAxis: numberAxis("Mpps asked for", widthPx, { scale: true }),
    yAxis: uprightAxis("loss, %", widthPx, { min: 0 }),
    series: arms.flatMap(({ name, dots, line }, index) => [
      {
        ...lineSeries(name, line, index),
        ...(index === 0 && found.length > 0 && { markLine: markLineOf(found) }),
      },
      dotSeries(name, dots, seriesColour(index)),
    ]),
  };
}

function markLineOf(found: readonly Found[]) {
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: MUTED.light, type: "dashed", width: 1 },
    // One label above the other: goals lie close together.
    data: found.map(({ name, x }, index) => ({
      xAxis: x,
      label: {
        show: true,
        formatter: () => name,
        color: MUTED.light,
        position: "insideEndTop",
        rotate: 0,
        distance: [6, -14 - 16 * index],
        align: "right",
      },
    })),
  };
}
