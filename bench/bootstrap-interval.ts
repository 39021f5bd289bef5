import type { RatioInterval } from "../src/measure/statistics/comparison.ts";
import { upperQuantile, upperTail } from "../src/measure/statistics/normal.ts";
import { median } from "../src/measure/summary.ts";

/** As in `judge`. */
const MIN_TRIALS_FOR_INTERVAL = 5;

interface BootstrapOptions {
  /** Uniform numbers in [0, 1), from `seededRandom`: the same result file must always give the same interval. */
  readonly random: () => number;
  readonly resamples?: number;
  readonly confidence?: number;
  /** percentile: the middle share of the resampled ratios. bca: the same, moved for bias and for a spread that depends on the ratio. */
  readonly method?: "percentile" | "bca";
}

/**
 * Interval of median(values) / median(baseline) by the bootstrap, each arm resampled on its own (Efron & Tibshirani 1993, chapters 13 and 14): what
 * `judge` would give an interval by if it were better. Undefined with too few trials, or where a baseline of zero makes the ratio meaningless.
 */
export function ratioOfMediansInterval(
  values: readonly number[],
  baseline: readonly number[],
  { random, resamples = 2000, confidence = 0.95, method = "percentile" }: BootstrapOptions,
): RatioInterval | undefined {
  if (Math.min(values.length, baseline.length) < MIN_TRIALS_FOR_INTERVAL) return undefined;
  const ratios = Float64Array.from({ length: resamples }, () => {
    return median(resample(values, random)) / median(resample(baseline, random));
  }).sort();
  if (!ratios.every(Number.isFinite)) return undefined;
  const tail = (1 - confidence) / 2;
  const share = method === "bca" ? bcaShare(values, baseline, ratios) : (asked: number) => asked;
  const at = (q: number): number =>
    ratios[Math.min(resamples - 1, Math.max(0, Math.floor(share(q) * resamples)))] ?? Number.NaN;
  return { low: at(tail), high: at(1 - tail), confidence };
}

/** Which share of the resampled ratios to take for an end of the interval: Efron & Tibshirani (14.10), (14.14) and (14.15). */
function bcaShare(
  values: readonly number[],
  baseline: readonly number[],
  ratios: Float64Array,
): (asked: number) => number {
  const [top, bottom] = [median(values), median(baseline)];
  const ratio = top / bottom;
  // Medians take few values: equal ones count half, or the correction would be of the ties and not of a bias.
  const below = ratios.reduce((sum, other) => sum + (other < ratio ? 1 : other === ratio ? 0.5 : 0), 0);
  const bias = -upperQuantile(Math.min(1 - 1e-6, Math.max(1e-6, below / ratios.length)));
  const influence = [
    ...centred(leaveOneOut(values).map((middle) => middle / bottom)),
    ...centred(leaveOneOut(baseline).map((middle) => top / middle)),
  ];
  const squares = influence.reduce((sum, value) => sum + value ** 2, 0);
  const cubes = influence.reduce((sum, value) => sum + value ** 3, 0);
  const acceleration = squares > 0 ? cubes / (6 * squares ** 1.5) : 0;
  return (asked) => {
    const z = bias - upperQuantile(asked);
    return 1 - upperTail(bias + z / (1 - acceleration * z));
  };
}

function leaveOneOut(values: readonly number[]): readonly number[] {
  return values.map((_, left) => median(values.filter((_, index) => index !== left)));
}

function centred(values: readonly number[]): readonly number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => mean - value);
}

function resample(values: readonly number[], random: () => number): number[] {
  return values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN);
}
