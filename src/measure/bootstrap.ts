import type { Interval } from "./result.ts";
import { median } from "./summary.ts";

/** Fewer trials than this in either arm say nothing about the spread of their ratio. */
export const MIN_TRIALS_FOR_INTERVAL = 5;

export interface BootstrapOptions {
  /** Uniform numbers in [0, 1), from `seededRandom`: the same result file must always give the same interval. */
  readonly random: () => number;
  readonly resamples?: number;
  readonly confidence?: number;
}

/**
 * Interval of median(values) / median(baseline) by the percentile bootstrap (Efron & Tibshirani 1993, chapter 13): both samples are drawn anew with
 * replacement, each on its own, and the middle share of the ratios is the interval. Undefined with too few trials, or where a baseline of zero makes
 * the ratio meaningless.
 */
export function ratioInterval(
  values: readonly number[],
  baseline: readonly number[],
  { random, resamples = 2000, confidence = 0.95 }: BootstrapOptions,
): Interval | undefined {
  if (Math.min(values.length, baseline.length) < MIN_TRIALS_FOR_INTERVAL) return undefined;
  const ratios = Float64Array.from({ length: resamples }, () => {
    return median(resample(values, random)) / median(resample(baseline, random));
  }).sort();
  if (!ratios.every(Number.isFinite)) return undefined;
  const tail = (1 - confidence) / 2;
  const at = (q: number) => ratios[Math.min(resamples - 1, Math.floor(q * resamples))] ?? Number.NaN;
  return { low: at(tail), high: at(1 - tail), confidence };
}

/** A pure source of uniform numbers in [0, 1): mulberry32, 32 bits of state, good enough for resampling and nothing more. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

function resample(values: readonly number[], random: () => number): number[] {
  return values.map(() => values[Math.floor(random() * values.length)] ?? Number.NaN);
}
