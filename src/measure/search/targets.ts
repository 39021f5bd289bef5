import type { Goal } from "./goal.ts";

/** With fewer full trials to a load than this, there is nothing between one trial and all of them. */
const MIN_TRIALS_FOR_MIDDLE = 8;

/**
 * The goals that lead to a goal, easiest first, the goal itself last. All have its final width, because a narrow interval of doubtful bounds costs one
 * trial a bound, while a bound that turns out useless costs a whole duration sum.
 *
 * 1. One probing trial decides a load.
 * 2. Where the duration sum is that of many trials, the square root of their number does.
 * 3. The goal.
 */
export function targetsOf(goal: Goal): readonly Goal[] {
  const { finalTrialDurationMs, durationSumMs } = goal;
  const probeMs = Math.min(goal.initialTrialDurationMs, finalTrialDurationMs);
  const probe = { ...goal, finalTrialDurationMs: probeMs, durationSumMs: probeMs };
  if (probeMs === finalTrialDurationMs && durationSumMs <= finalTrialDurationMs) return [goal];
  const trials = durationSumMs / finalTrialDurationMs;
  if (trials < MIN_TRIALS_FOR_MIDDLE) return [probe, goal];
  return [probe, { ...goal, durationSumMs: Math.sqrt(trials) * finalTrialDurationMs }, goal];
}
