import type { Arm, Result } from "./result.ts";
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
  const [a, b] = [cutsOf(first, trials), cutsOf(second, trials)];
  return a.map((baseline, cut) => compared(b[cut] ?? [], baseline));
}

/**
 * The same between cuts of different times, as results of different days are: trials that did not take turns. What a host does between one cut and the next
 * is in these, and in no comparison of trials that took turns.
 */
export function sessionComparisons(result: Result, trials: number): readonly CutComparison[] {
  const alone = (cut: readonly Observation[]) => cut.map(({ value }) => ({ value, round: undefined }));
  const cuts = result.arms.flatMap((arm) => cutsOf(arm, trials).map((cut, time) => ({ time, values: alone(cut) })));
  return cuts.flatMap(({ time, values }, index) =>
    cuts.slice(index + 1).flatMap((other) => (other.time === time ? [] : [compared(values, other.values)])),
  );
}

function cutsOf(arm: Arm, trials: number): readonly (readonly Observation[])[] {
  const rounds = Math.max(0, ...arm.trials.map(({ round }) => round + 1));
  return Array.from({ length: Math.floor(rounds / trials) }, (_, cut) =>
    arm.trials
      .filter((trial) => trial.usable && Math.floor(trial.round / trials) === cut)
      .map(({ throughputPps, round }) => ({ value: throughputPps, round })),
  );
}

function compared(values: readonly Observation[], baseline: readonly Observation[]): CutComparison {
  const comparison = judge({ values, baseline, noiseFloor: undefined });
  return {
    ratio: comparison.ratio ?? comparison.ratioOfMedians ?? Number.NaN,
    trials: Math.min(comparison.n, comparison.baselineN),
    verdict: comparison.verdict,
  };
}
