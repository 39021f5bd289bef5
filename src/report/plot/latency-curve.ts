import { headlineTrials } from "../../measure/headline-values.ts";
import { type Histogram, mergeHistograms, quantile } from "../../measure/histogram.ts";
import { formatCount, formatNumber, formatPercent, formatRate } from "../../measure/quantity.ts";
import type { Arm, Result } from "../../measure/result.ts";
import type { ChainTrial, Trial } from "../../measure/trial.ts";
import { base, legendPx, lineSeries, numberAxis, uprightAxis } from "./look.ts";
import { isNarrow, type Plot } from "./plot.ts";

const MICROSECOND_NS = 1000;
/** More curves than these cannot be told apart. */
const MOST_CURVES = 8;
/** Nines on the x axis: up to p99.99. */
const NINES = 4;
const STEPS_PER_NINE = 24;
const PERCENTILES = [0.5, 0.9, 0.99, 0.999, 0.9999] as const;

interface Curve {
  readonly name: string;
  readonly latencies: Histogram;
}

/** Latency by percentile, each nine as wide as the one before it; undefined where no trial measured latency. */
export function latencyCurve(result: Result): Plot | undefined {
  const all = curvesOf(result).filter(({ latencies }) => latencies.count > 0);
  if (all.length === 0) return undefined;
  const curves = all.slice(0, MOST_CURVES);
  const left = all.length - curves.length;
  const us = (nanoseconds: number | undefined) =>
    nanoseconds === undefined ? "-" : formatNumber(nanoseconds / MICROSECOND_NS);
  const told = curves.map(
    ({ name, latencies }) =>
      `${name}: half of the packets within ${us(quantile(latencies, 0.5))} us, 99 % within ${us(quantile(latencies, 0.99))} us`,
  );
  return {
    id: "latency",
    title: "Latency by percentile",
    description: `Lines of one-way latency over percentiles. ${told.join("; ")}.`,
    caption: `${whichTrials(result)} Each step to the right is another nine. A line ends where fewer than one packet lies beyond.${left > 0 ? ` The first ${curves.length} of ${all.length} are drawn; all are in the table.` : ""}`,
    table: {
      columns: [
        { header: "latency in us" },
        ...["p50", "p90", "p99", "p99.9", "p99.99", "max"].map((header) => ({ header, align: "right" as const })),
        { header: "packets", align: "right" },
      ],
      rows: all.map(({ name, latencies }) => [
        name,
        ...PERCENTILES.map((share) => us(quantile(latencies, share))),
        us(latencies.max),
        formatCount(latencies.count),
      ]),
    },
    heightPx: (widthPx) =>
      (isNarrow(widthPx) ? 300 : 340) +
      legendPx(
        widthPx,
        curves.map(({ name }) => name),
      ),
    option: (widthPx) => optionOf(curves, widthPx),
  };
}

function whichTrials({ method }: Result): string {
  switch (method.kind) {
    case "search":
      return "Of the trials at the load that was found for the last goal.";
    case "latency-profile":
      return "One-way latency at shares of the throughput.";
    case "loss-curve":
    case "back-to-back":
      return "Of all usable trials, whatever their load.";
    default:
      return "Of all usable trials.";
  }
}

function curvesOf(result: Result): readonly Curve[] {
  const { arms, method } = result;
  const measured = arms.map((arm) => {
    const chosen = headlineTrials(arm.trials, method, arm.outcome);
    return { arm, trials: chosen.length > 0 ? chosen : arm.trials.filter(({ usable }) => usable) };
  });
  const [only] = arms;
  if (only?.outcome?.kind === "latency-profile" && arms.length === 1) return sharesOf(only);
  const byChain = measured.flatMap(({ arm, trials }) => chainsOf(arms.length > 1 ? `${arm.name} ` : "", trials));
  if (arms.some(hasSeveralChains) && byChain.length <= MOST_CURVES) return byChain;
  return measured.map(({ arm, trials }) => ({ name: arm.name, latencies: latenciesOf(trials) }));
}

function hasSeveralChains({ trials }: Arm): boolean {
  return trials.some(({ chains }) => chains.length > 1);
}

/** A curve for each chain and direction. */
function chainsOf(prefix: string, trials: readonly Trial[]): readonly Curve[] {
  const nameOf = ({ chain, direction }: ChainTrial) => `${prefix}${chain}${direction === undefined ? "" : ", reverse"}`;
  const byName = Map.groupBy(
    trials.flatMap(({ chains }) => chains),
    nameOf,
  );
  return [...byName].map(([name, chains]) => ({
    name,
    latencies: mergeHistograms(chains.flatMap(({ latencyHistogram }) => latencyHistogram ?? [])),
  }));
}

/** A curve for each load of a latency profile. */
function sharesOf({ outcome, trials }: Arm): readonly Curve[] {
  if (outcome?.kind !== "latency-profile") return [];
  const shares = [...new Set(outcome.points.map(({ share }) => share))];
  return shares.map((share) => {
    const points = outcome.points.filter((point) => point.share === share && point.usable);
    const indices = points.map(({ trial }) => trial);
    return {
      name: `${formatPercent(share)}, ${formatRate(points[0]?.loadPps ?? 0)}`,
      latencies: latenciesOf(trials.filter(({ index }) => indices.includes(index))),
    };
  });
}

function latenciesOf(trials: readonly Trial[]): Histogram {
  return mergeHistograms(
    trials.flatMap(({ chains }) => chains.flatMap(({ latencyHistogram }) => latencyHistogram ?? [])),
  );
}

/** [nines, microseconds]: 1 is p90, 2 is p99. */
function pointsOf({ latencies }: Curve): readonly (readonly [number, number])[] {
  const steps = Array.from({ length: NINES * STEPS_PER_NINE + 1 }, (_, step) => step / STEPS_PER_NINE);
  return steps.flatMap((nines) => {
    const beyond = 10 ** -nines;
    const value = quantile(latencies, 1 - beyond);
    return value === undefined || latencies.count * beyond < 1 ? [] : [[nines, value / MICROSECOND_NS] as const];
  });
}

function optionOf(curves: readonly Curve[], widthPx: number) {
  const lines = curves.map((curve) => ({ name: curve.name, points: pointsOf(curve) }));
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value)).filter((value) => value > 0);
  const logarithmic = values.length > 0 && Math.max(...values) / Math.min(...values) > 10;
  const names = lines.map(({ name }) => name);
  return {
    ...base(widthPx, names),
    xAxis: numberAxis("percentile", widthPx, {
      min: 0,
      max: NINES,
      interval: 1,
      axisLabel: { formatter: percentileName },
    }),
    yAxis: uprightAxis(`latency in us${logarithmic ? ", logarithmic" : ""}`, widthPx, {
      type: logarithmic ? "log" : "value",
      ...(logarithmic ? { min: roundBelow(Math.min(...values)) } : { min: 0 }),
      axisLabel: { formatter: (value: number) => String(Number(value.toPrecision(3))) },
    }),
    series: lines.map(({ name, points }, index) =>
      lineSeries(name, logarithmic ? points.filter(([, value]) => value > 0) : points, index),
    ),
  };
}

/** 1, 2 or 5 times a power of ten. */
function roundBelow(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([5, 2].find((factor) => factor * power <= value) ?? 1);
}

function percentileName(nines: number): string {
  if (nines === 0) return "p0";
  return `p${nines < 3 ? 100 - 100 * 10 ** -nines : (100 - 100 * 10 ** -nines).toFixed(nines - 2)}`;
}
