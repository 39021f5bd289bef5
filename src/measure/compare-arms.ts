import type { Arm } from "./result.ts";
import type { Comparison, NoiseFloor, Observation } from "./statistics/comparison.ts";
import { judge } from "./statistics/judge.ts";
import type { Trial } from "./trial.ts";

/** The figures of an arm that comparisons are made of. */
export function observationsOf(values: readonly number[], trials: readonly Trial[]): readonly Observation[] {
  const rounds = trials.length === values.length ? trials.map(({ round }) => round) : [];
  return values.map((value, index) => ({ value, round: rounds[index] }));
}

/** Those of an arm of a result that is there already. */
export function observationsOfArm(arm: Arm): readonly Observation[] {
  const usable = arm.trials.filter((trial) => trial.usable);
  const plain = arm.throughputPps?.n === usable.length;
  if (plain) return usable.map(({ throughputPps, round }) => ({ value: throughputPps, round }));
  return arm.throughputPps === undefined ? [] : [{ value: arm.throughputPps.median, round: undefined }];
}

/** An arm against another one of the same result: their trials took turns, so those of one round are pairs. */
export function compareArms(
  values: readonly Observation[],
  baseline: readonly Observation[],
  options: { readonly noiseFloor: NoiseFloor | undefined; readonly seed: number },
): Comparison {
  return judge({ values, baseline, ...options });
}
