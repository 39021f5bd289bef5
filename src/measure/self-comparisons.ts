import type { Result } from "./result.ts";
import type { Observation, Verdict } from "./statistics/comparison.ts";
import { judge } from "./statistics/judge.ts";
import type { SelfComparison } from "./statistics/noise-floor.ts";

/** One of the comparisons that a long run of two equals is cut into. */
export interface CutComparison extends SelfComparison {
  readonly verdict: Verdict;
}

/**
 * Cuts the trials of two equal arms into comparisons of `trials` rounds each, one after the other, and judges each as if it were alone. Rounds that are left
 * over at the end are not used.
 */
export function selfComparisons(result: Result, trials: number): readonly CutComparison[] {
  const [first, second] = result.arms;
  if (first === undefined || second === undefined) return [];
  const rounds = Math.max(0, ...first.trials.map(({ round }) => round + 1));
  return Array.from({ length: Math.floor(rounds / trials) }, (_, cut) => {
    const inside = (round: number) => Math.floor(round / trials) === cut;
    const of = (arm: typeof first): readonly Observation[] =>
      arm.trials
        .filter((trial) => trial.usable && inside(trial.round))
        .map(({ throughputPps, round }) => ({ value: throughputPps, round }));
    const comparison = judge({ values: of(second), baseline: of(first), noiseFloor: undefined });
    return {
      ratio: comparison.ratio ?? comparison.ratioOfMedians ?? Number.NaN,
      trials: Math.min(comparison.n, comparison.baselineN),
      verdict: comparison.verdict,
    };
  });
}
