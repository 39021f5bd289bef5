import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { startTimeOf } from "../host/process-identity.ts";
import type { ArmPlan } from "../measure/arm-plan.ts";
import type { ResultKind } from "../measure/result.ts";
import type { Trial } from "../measure/trial.ts";
import type { EmitRun } from "./event.ts";
import { type ProgressArm, type ProgressTrial, progressArms, progressTrials } from "./page/progress-of.ts";
import type { RunProgress } from "./page/run-progress.ts";
import type { TestBed } from "./test-bed.ts";

/** Where running commands tell how far they are; beside the labs' directory, since each name in that one is a lab's. */
export const PROGRESS_DIRECTORY = "/run/corebed-progress";

/** What is told about a command from the start. */
export interface ProgressHeader {
  readonly command: ResultKind;
  readonly topology: string;
  readonly arms: readonly ArmPlan[];
  readonly startedAt: Date;
  readonly resultPath: string;
}

/** Tells others on this machine how far the measuring is. */
export interface ProgressReport extends AsyncDisposable {
  readonly emit: EmitRun;
  /** All trials so far. */
  readonly keep: (trials: readonly Trial[]) => void;
  /** The same bed, whose trials are told of when they begin. */
  readonly watch: (bed: TestBed) => TestBed;
}

/**
 * Writes the progress into a file of its own until it is disposed of. Writing waits for nothing else and is over before a trial begins, so it falls into no
 * measurement; where it fails (no root, no /run) nobody is told, for no result depends on it.
 */
export async function reportProgress(
  header: ProgressHeader,
  directory: string = PROGRESS_DIRECTORY,
): Promise<ProgressReport> {
  const path = join(directory, `${process.pid}.json`);
  const startTime = (await startTimeOf(process.pid)) ?? "";
  let announced: { readonly number: number; readonly total: number | undefined; readonly endsAt: Date | undefined };
  announced = { number: 1, total: undefined, endsAt: undefined };
  let trial: RunProgress["trial"];
  let trials: readonly Trial[] = [];
  const tell = (): void => {
    const arms: readonly ProgressArm[] = progressArms(
      header.arms.map(({ name }) => name),
      trials,
    );
    const shown: readonly ProgressTrial[] = progressTrials(trials);
    const progress: RunProgress = {
      schema: "corebed/progress/1",
      pid: process.pid,
      startTime,
      command: header.command,
      topology: header.topology,
      labs: [...new Set(header.arms.map(({ lab }) => lab.name))],
      startedAt: header.startedAt.toISOString(),
      resultPath: resolve(header.resultPath),
      ...(trial !== undefined && { trial }),
      ...(announced.endsAt !== undefined && { endsAt: announced.endsAt.toISOString() }),
      done: trials.length,
      arms,
      trials: shown,
    };
    writeQuietly(directory, path, JSON.stringify(progress));
  };
  tell();
  // A second Ctrl-C ends the process where it stands: nothing is awaited any more.
  const forget = (): void => quietly(() => rmSync(path, { force: true }));
  process.once("exit", forget);
  return {
    emit: (event) => {
      if (event.type !== "trial-started") return;
      const { number, total, remainingMs } = event;
      announced = { number, total, endsAt: remainingMs === undefined ? undefined : new Date(Date.now() + remainingMs) };
    },
    keep: (all) => {
      trials = [...all];
      trial = undefined;
      tell();
    },
    watch: (bed) => ({
      open: (lab) => bed.open(lab),
      ceilingPps: (lab) => bed.ceilingPps(lab),
      versions: () => bed.versions(),
      drive: (lab, request) => {
        const { number, total } = announced;
        trial = {
          arm: request.arm,
          lab: lab.name,
          purpose: request.purpose,
          number,
          ...(total !== undefined && { total }),
          startedAt: new Date().toISOString(),
          durationMs: lab.traffic.warmupMs + request.durationMs,
          ...(request.ratePps !== undefined && { askedPps: request.ratePps }),
        };
        tell();
        return bed.drive(lab, request);
      },
      [Symbol.asyncDispose]: () => bed[Symbol.asyncDispose](),
    }),
    [Symbol.asyncDispose]: async () => {
      process.off("exit", forget);
      forget();
    },
  };
}

function writeQuietly(directory: string, path: string, text: string): void {
  quietly(() => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.part`, text, { mode: 0o600 });
    renameSync(`${path}.part`, path);
  });
}

function quietly(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
  }
}
