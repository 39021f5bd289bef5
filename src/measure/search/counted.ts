import type { GoalProgress, MethodOptions } from "./progress.ts";
import type { Measure, MeasureRequest, SearchTrial } from "./search-trial.ts";

/** What a method expects still to come. */
export interface Left {
  readonly trials: number;
  readonly timeMs: number;
}

/** A measurer that keeps count and tells how far the method is. */
export interface Counted {
  /** Runs one trial; with `left`, reports progress after it. */
  readonly measure: (request: MeasureRequest, left?: () => Left) => Promise<SearchTrial>;
  readonly report: (left: () => Left, intervals?: () => readonly GoalProgress[]) => void;
  readonly trials: () => number;
  /** Sum of effective durations. */
  readonly timeMs: () => number;
}

export function counted(measure: Measure, { onProgress }: MethodOptions): Counted {
  let trials = 0;
  let timeMs = 0;
  const report: Counted["report"] = (left, intervals = () => []) => {
    if (onProgress === undefined) return;
    const { trials: trialsLeft, timeMs: timeLeftMs } = left();
    onProgress({ trials, trialTimeMs: timeMs, trialsLeft, timeLeftMs, intervals: intervals() });
  };
  return {
    measure: async (request, left) => {
      const trial = await measure(request);
      trials += 1;
      timeMs += trial.effectiveDurationMs;
      if (left !== undefined) report(left);
      return trial;
    },
    report,
    trials: () => trials,
    timeMs: () => timeMs,
  };
}

/** The rest of a plan of trials that are all of one length. */
export function leftOf(trials: number, durationMs: number): Left {
  const left = Math.max(0, trials);
  return { trials: left, timeMs: left * durationMs };
}
