import type { Trial } from "../measure/trial.ts";
import type { World } from "../provision/driver.ts";
import type { EmitRun } from "./event.ts";
import type { LabControls } from "./live.ts";
import { setPaused } from "./pause.ts";
import { driveTrial } from "./trial.ts";

/** A trial beside its traffic: sampling, draining and, in a comparison, thawing and freezing (measured, for the time left only). */
const OVERHEAD_MS = 500;

export interface TrialSchedule {
  /** The labs to measure, in the order of the trials; a lab may come many times. */
  readonly order: readonly LabControls[];
  /** More than one lab: all are paused when this starts, and only the one that is measured runs. */
  readonly takeTurns: boolean;
}

/**
 * Runs trials one after another. After an interruption the trial under way is kept, marked incomplete, and no other is started.
 *
 * @returns the trials that ran, in their order
 */
export async function runTrials(schedule: TrialSchedule, world: World, emit: EmitRun): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  const total = schedule.order.length;
  for (const [index, controls] of schedule.order.entries()) {
    if (world.signal.aborted) break;
    const remainingMs = schedule.order.slice(index).reduce((sum, { lab }) => sum + trialMs(lab.traffic), 0);
    emit({ type: "trial-started", datapath: controls.lab.datapath, number: index + 1, total, remainingMs });
    if (schedule.takeTurns) await setPaused(world, controls.lab, false);
    try {
      // Two stamps a trial: one for its warm-up. 0 is what a buffer holds that nobody stamped.
      const trial = await driveTrial(controls, { index, stamp: (2 * index + 1) % 65_000, signal: world.signal });
      trials.push(trial);
      emit({ type: "trial-done", trial, number: index + 1, total });
    } finally {
      if (schedule.takeTurns) await setPaused(world, controls.lab, true);
    }
  }
  return trials;
}

function trialMs(traffic: { readonly warmupMs: number; readonly durationMs: number }): number {
  return traffic.warmupMs + traffic.durationMs + OVERHEAD_MS;
}
