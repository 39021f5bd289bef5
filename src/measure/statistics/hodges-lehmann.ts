import { orderCounts } from "./mann-whitney.ts";
import { upperQuantile } from "./normal.ts";
import { signedRankChances } from "./signed-rank.ts";

/** Estimate of a shift and its interval. */
export interface Shift {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Up to so many values the chances of the rank statistic are counted. */
const EXACT_UP_TO = 50;

/**
 * The middle of differences of pairs: the median of the means of every two of them (Hodges & Lehmann 1963), and the interval that belongs to the signed-rank
 * test (Hollander & Wolfe, 3.2 and 3.3): the shortest with at least the confidence asked for. It takes differences to scatter about their middle alike on
 * both sides. Undefined where so few differences have no such interval: 95 % takes 6, 97.5 % takes 7.
 */
export function pairedShift(differences: readonly number[], confidence: number): Shift | undefined {
  const n = differences.length;
  const means = differences.flatMap((first, index) => differences.slice(index).map((second) => (first + second) / 2));
  const tail = (1 - confidence) / 2;
  const variance = (n * (n + 1) * (2 * n + 1)) / 24;
  const kept =
    n <= EXACT_UP_TO ? largestWithin(signedRankChances(n), tail) : normalCut((n * (n + 1)) / 4, variance, tail);
  return betweenCuts(means, kept);
}

/**
 * How far `values` lie above `baseline`: the median of the differences of every two of them (Hodges & Lehmann 1963), and the interval that belongs to the
 * U test (Hollander & Wolfe, 4.2 and 4.3). It takes both to scatter alike. Undefined where so few have no such interval: 95 % takes 4 of each, 97.5 % 5.
 */
export function unpairedShift(
  values: readonly number[],
  baseline: readonly number[],
  confidence: number,
): Shift | undefined {
  const [n, m] = [values.length, baseline.length];
  const differences = values.flatMap((value) => baseline.map((other) => value - other));
  const tail = (1 - confidence) / 2;
  if (Math.max(n, m) > EXACT_UP_TO) {
    return betweenCuts(differences, normalCut((n * m) / 2, (n * m * (n + m + 1)) / 12, tail));
  }
  const counts = orderCounts(n, m);
  const all = counts.reduce((sum, count) => sum + count, 0);
  return betweenCuts(differences, largestWithin(counts, tail * all));
}

/** The largest value of a statistic that it stays at or below with at most the weight `tail`; -1 if even 0 weighs more. */
function largestWithin(weights: readonly number[], tail: number): number {
  let below = 0;
  const next = weights.findIndex((weight) => {
    below += weight;
    return below > tail;
  });
  return next - 1;
}

function normalCut(mean: number, variance: number, tail: number): number {
  return Math.floor(mean - 0.5 - upperQuantile(tail) * Math.sqrt(variance));
}

/** The interval without the `cut` lowest and highest candidates: what it leaves out has the weight of a statistic of at most `cut`. */
function betweenCuts(candidates: readonly number[], cut: number): Shift | undefined {
  if (cut < 0 || candidates.length === 0) return undefined;
  const sorted = Float64Array.from(candidates).sort();
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const half = sorted.length / 2;
  return {
    estimate: (at(Math.ceil(half) - 1) + at(Math.floor(half))) / 2,
    low: at(cut),
    high: at(sorted.length - 1 - cut),
  };
}
