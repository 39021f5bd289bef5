import type { Goal } from "./goal.ts";
import type { SearchTrial } from "./search-trial.ts";
import { lossRatioOf } from "./search-trial.ts";

/** What a load is for a goal, by the trials that were run at it. */
export type LoadClass = "lower" | "upper" | "undecided";

/** What a load's class and conditional throughput depend on. A search gives it also the easier goals that lead to the one it was asked for. */
export type Criterion = Pick<Goal, "lossRatio" | "exceedRatio" | "finalTrialDurationMs" | "durationSumMs">;

/**
 * Class of a load (RFC 9971, appendix A). Durations are effective ones. Trials shorter than the final duration can only speak against a load: what lossy
 * ones have beyond what loss-free ones make good counts as lossy time, and loss-free ones never count as loss-free time. The load is an upper bound when
 * lossy time is more than its allowed share of the whole, a lower one when all time that is not proven loss-free is within that share, and else undecided.
 *
 * A trial whose rate the generator did not reach is a lossy one whatever arrived, so that such a load is never a lower bound; one that was disturbed
 * is left out.
 */
export function classifyLoad(trials: readonly SearchTrial[], criterion: Criterion): LoadClass {
  const { durationSumMs, exceedRatio } = criterion;
  const { full, short } = durations(trials, criterion);
  const balanced = (short.low * exceedRatio) / (1 - exceedRatio);
  const high = full.high + Math.max(0, short.high - balanced);
  const whole = Math.max(full.low + high, durationSumMs);
  const allowed = whole * exceedRatio;
  if (high > allowed) return "upper";
  return whole - full.low <= allowed ? "lower" : "undecided";
}

/**
 * Conditional throughput at a load (RFC 9971, appendix B): load x (1 - loss ratio), with the loss ratio that (1 - exceed ratio) of the time does not go
 * over. Only full-length trials count; time that is missing to the duration sum counts as lost wholly. For non-lossy goals this is the load itself at
 * most; for a goal with loss it is what was forwarded.
 */
export function conditionalThroughput(loadPps: number, trials: readonly SearchTrial[], criterion: Criterion): number {
  const full = trials
    .filter((trial) => counts(trial) && isFullLength(trial, criterion))
    .map((trial) => ({ loss: lossRatioOf(trial), durationMs: effectiveMs(trial) }))
    .sort((a, b) => a.loss - b.loss);
  const whole = Math.max(
    criterion.durationSumMs,
    full.reduce((sum, { durationMs }) => sum + durationMs, 0),
  );
  let remaining = whole * (1 - criterion.exceedRatio);
  for (const { loss, durationMs } of full) {
    remaining -= durationMs;
    if (remaining <= 0) return loadPps * (1 - loss);
  }
  return 0;
}

/** Whether a trial counts as lossy for a goal. */
export function isLossy(trial: SearchTrial, { lossRatio }: Pick<Criterion, "lossRatio">): boolean {
  return !trial.reached || lossRatioOf(trial) > lossRatio;
}

/** Whether a trial counts at all: one that the generator could not keep up with does, as a lossy one, though no figure may be made of it. */
export function counts(trial: SearchTrial): boolean {
  return trial.usable || (!trial.reached && trial.offered > 0);
}

/** A trial that counts ran for as long as was asked, so it is never less by a rounding of its measured duration. */
export function effectiveMs(trial: SearchTrial): number {
  return Math.max(trial.effectiveDurationMs, trial.durationMs);
}

export function isFullLength(
  trial: SearchTrial,
  { finalTrialDurationMs }: Pick<Criterion, "finalTrialDurationMs">,
): boolean {
  return trial.durationMs >= finalTrialDurationMs;
}

function durations(trials: readonly SearchTrial[], criterion: Criterion) {
  const full = { low: 0, high: 0 };
  const short = { low: 0, high: 0 };
  for (const trial of trials) {
    if (!counts(trial)) continue;
    const sums = isFullLength(trial, criterion) ? full : short;
    sums[isLossy(trial, criterion) ? "high" : "low"] += effectiveMs(trial);
  }
  return { full, short };
}
