import type { Reading } from "../exporter/reading.ts";
import { toSamples } from "../exporter/samples.ts";
import { cpuStates } from "./cpu-state.ts";
import { labState } from "./lab-state.ts";
import type { FinishedRun, PageRun, PageState } from "./page-state.ts";
import { ratesBetween } from "./rates.ts";
import type { RunProgress } from "./run-progress.ts";

/** A reading and when it was taken. */
export interface TimedReading {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Milliseconds of a clock that is never set. */
  readonly steadyMs: number;
  readonly reading: Reading;
}

/** What the page shows of two readings, one after the other. Pure. */
export function pageState(
  before: TimedReading | undefined,
  now: TimedReading,
  runs: readonly RunProgress[],
  finished: readonly FinishedRun[],
): PageState {
  const seconds = before === undefined ? 0 : (now.steadyMs - before.steadyMs) / 1e3;
  const samples = before === undefined ? [] : toSamples(before.reading);
  const rates = ratesBetween(samples, toSamples(now.reading), seconds);
  const labs = now.reading.labs ?? [];
  return {
    at: now.at,
    docker: now.reading.labs !== undefined,
    cpus: cpuStates(labs, rates),
    labs: labs.map((lab) =>
      labState(
        lab,
        before?.reading.labs?.find((earlier) => earlier.lab.name === lab.lab.name),
        rates,
      ),
    ),
    runs: runs.map((run) => pageRun(run, now.at)),
    finished,
  };
}

/** A run as the page shows it at a time. */
export function pageRun(progress: RunProgress, at: number): PageRun {
  const { pid, startTime, command, topology, labs, startedAt, resultPath, done, arms, trials, trial, endsAt } =
    progress;
  return {
    id: `${pid}-${startTime}`,
    command,
    topology,
    labs,
    startedAt,
    resultPath,
    done,
    arms,
    trials,
    ...(endsAt !== undefined && { remainingMs: Math.max(0, Date.parse(endsAt) - at) }),
    ...(trial !== undefined && {
      trial: {
        arm: trial.arm,
        lab: trial.lab,
        purpose: trial.purpose,
        number: trial.number,
        ...(trial.total !== undefined && { total: trial.total }),
        elapsedMs: Math.max(0, at - Date.parse(trial.startedAt)),
        durationMs: trial.durationMs,
        ...(trial.askedPps !== undefined && { askedPps: trial.askedPps }),
      },
    }),
  };
}
