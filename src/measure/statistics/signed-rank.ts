import type { TestResult } from "./comparison.ts";
import { twoSidedP } from "./normal.ts";
import { rank, tieTerm } from "./ranks.ts";

/** Up to so many differences the patterns of signs are counted. */
const EXACT_UP_TO = 50;

/**
 * Wilcoxon's signed-rank test, two-sided (Wilcoxon 1945; Hollander & Wolfe, 3.1): whether differences of pairs lie about 0. Differences of 0 are left out.
 * Exact up to 50 differences of different sizes, else the normal approximation with corrections for ties and continuity. Undefined without a difference.
 * With 5 pairs p is never under 1/16, with 6 never under 1/32.
 */
export function signedRank(differences: readonly number[]): TestResult | undefined {
  if (differences.length === 0) return undefined;
  const moved = differences.filter((difference) => difference !== 0);
  const n = moved.length;
  const { ranks, ties } = rank(moved.map(Math.abs));
  const statistic = ranks.reduce((sum, rank, index) => sum + ((moved[index] ?? 0) > 0 ? rank : 0), 0);
  const all = (n * (n + 1)) / 2;
  if (ties.length === 0 && n <= EXACT_UP_TO) {
    return { statistic, p: Math.min(1, 2 * atMost(Math.min(statistic, all - statistic), n)), exact: true };
  }
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - tieTerm(ties) / 48;
  return { statistic, p: twoSidedP(statistic, all / 2, variance), exact: false };
}

/** Chances of the sum of the positive ranks of n differences to be 0, 1, 2, ..., where each sign is as likely as the other. */
export function signedRankChances(n: number): readonly number[] {
  const chances = new Array<number>((n * (n + 1)) / 2 + 1).fill(0);
  chances[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    for (let total = (rank * (rank + 1)) / 2; total >= 0; total--) {
      chances[total] = ((chances[total] ?? 0) + (chances[total - rank] ?? 0)) / 2;
    }
  }
  return chances;
}

function atMost(sum: number, n: number): number {
  return signedRankChances(n)
    .slice(0, Math.floor(sum) + 1)
    .reduce((total, chance) => total + chance, 0);
}
