import type { TestResult } from "./comparison.ts";
import { twoSidedP } from "./normal.ts";
import { rank, tieTerm } from "./ranks.ts";

/** Up to so many trials in each arm the arrangements are counted; beyond it the normal approximation is good to three digits. */
export const EXACT_UP_TO = 20;

/**
 * Mann and Whitney's U test, two-sided (Mann & Whitney 1947): whether trials of one arm tend to be higher than those of another, without an assumption about
 * how they spread. Exact for small arms without equal values; else the normal approximation with corrections for ties and continuity (Hollander & Wolfe, 4.1).
 * It takes trials to be independent: phases of a host that last several trials make it too sure of itself. Undefined without values in both.
 */
export function mannWhitney(values: readonly number[], baseline: readonly number[]): TestResult | undefined {
  const [n, m] = [values.length, baseline.length];
  if (n === 0 || m === 0) return undefined;
  const { ranks, ties } = rank([...values, ...baseline]);
  const rankSum = ranks.slice(0, n).reduce((sum, rank) => sum + rank, 0);
  const u = rankSum - (n * (n + 1)) / 2;
  if (ties.length === 0 && Math.max(n, m) <= EXACT_UP_TO) {
    return { statistic: u, p: exactP(Math.min(u, n * m - u), n, m), exact: true };
  }
  const all = n + m;
  const variance = ((n * m) / 12) * (all + 1 - tieTerm(ties) / (all * (all - 1)));
  return { statistic: u, p: twoSidedP(u, (n * m) / 2, variance), exact: false };
}

/** Chance of a U at most as large as the smaller one, doubled. */
function exactP(smaller: number, n: number, m: number): number {
  const counts = orderCounts(n, m);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const below = counts.slice(0, Math.floor(smaller) + 1).reduce((sum, count) => sum + count, 0);
  return Math.min(1, (2 * below) / all);
}

/**
 * In how many of the orders of n and m values U comes to 0, 1, 2, ...: the coefficients of the Gaussian binomial (n+m over n), product over i of
 * (1 - q^(m+i)) / (1 - q^i). Whole numbers, exact in doubles up to 28 of each.
 */
export function orderCounts(n: number, m: number): readonly number[] {
  const counts = new Array<number>(n * m + 1).fill(0);
  counts[0] = 1;
  for (let i = 1; i <= n; i++) {
    for (let u = n * m; u >= m + i; u--) counts[u] = (counts[u] ?? 0) - (counts[u - m - i] ?? 0);
    for (let u = i; u <= n * m; u++) counts[u] = (counts[u] ?? 0) + (counts[u - i] ?? 0);
  }
  return counts;
}
