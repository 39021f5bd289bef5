import type { NoiseFloor } from "./comparison.ts";

/** One comparison of a lab with itself. */
export interface SelfComparison {
  /** What `judge` gave as ratio: 1 where the host makes no noise. Must be positive. */
  readonly ratio: number;
  /** Trials in the smaller arm, or pairs of rounds. */
  readonly trials: number;
}

/** What the band should hold of all comparisons of equals. */
const WANTED_COVERAGE = 0.95;

/**
 * The band that ratios of equals stay in on a host, from comparisons of a lab with itself (`corebed calibrate`): the k-th smallest |log ratio| of n, where
 * k / (n + 1) is the chance that one more stays inside, whatever the noise is like (the split conformal quantile; Vovk et al. 2005). With fewer than 19
 * comparisons 95 % cannot be had: then the largest of them, with the chance that it gives. It sees what trials of one comparison cannot: that two labs laid
 * out in the same way differ for as long as they live. Undefined without a comparison that has a ratio.
 */
export function noiseFloor(comparisons: readonly SelfComparison[]): NoiseFloor | undefined {
  const known = comparisons.filter(({ ratio }) => Number.isFinite(ratio) && ratio > 0);
  if (known.length === 0) return undefined;
  const sizes = known.map(({ ratio }) => Math.abs(Math.log(ratio))).sort((a, b) => a - b);
  const k = Math.min(sizes.length, Math.ceil(WANTED_COVERAGE * (sizes.length + 1)));
  return {
    ratio: Math.exp(sizes[k - 1] ?? 0),
    comparisons: sizes.length,
    trials: Math.min(...known.map(({ trials }) => trials)),
    coverage: Math.min(WANTED_COVERAGE, k / (sizes.length + 1)),
  };
}
