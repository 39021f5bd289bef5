import type { Host } from "../../host/host.ts";
import { startTimeOf } from "../../host/process-identity.ts";
import { readText } from "../../host/read-at-most.ts";
import { LARGEST_RESULT_BYTES, validateResult } from "../../measure/validate-result.ts";
import { PROGRESS_DIRECTORY } from "../progress-file.ts";
import type { FinishedRun } from "./page-state.ts";
import { progressArms, progressTrials } from "./progress-of.ts";
import { parseProgress, type RunProgress } from "./run-progress.ts";
import { pageRun } from "./to-state.ts";

/** What commands that measure tell of themselves, oldest first. Files of processes that are no more are removed. */
export async function readProgress(
  host: Pick<Host, "list" | "read" | "remove">,
  directory: string = PROGRESS_DIRECTORY,
): Promise<readonly RunProgress[]> {
  const present = await host.list(directory).catch(() => undefined);
  const names = (present ?? []).filter((name) => /^\d+\.json(\.part)?$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const path = `${directory}/${name}`;
      const progress = parseProgress((await host.read(path).catch(() => undefined)) ?? "");
      const pid = Number.parseInt(name, 10);
      const startTime = await startTimeOf(pid);
      const alive = startTime !== undefined && (progress === undefined || startTime === progress.startTime);
      // One that is being written is no progress yet.
      if (alive && name.endsWith(".part")) return [];
      if (!alive) await host.remove(path).catch(() => {});
      return alive && progress?.pid === pid ? [progress] : [];
    }),
  );
  return found.flat().toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

/** How a run that tells of itself no more has ended, as its result file says; what it told last where there is no such file. */
export async function readFinished(progress: RunProgress): Promise<FinishedRun> {
  const { trial: _, remainingMs: __, ...known } = pageRun(progress, Date.now());
  const text = await readText(progress.resultPath, LARGEST_RESULT_BYTES).catch(() => "null");
  const checked = validateResult(parsed(text));
  // A file of an earlier run may lie there.
  if (!checked.ok || checked.result.startedAt !== progress.startedAt) return { ...known, outcome: "unknown" };
  const { result } = checked;
  const trials = result.arms.flatMap((arm) => arm.trials).toSorted((a, b) => a.index - b.index);
  return {
    ...known,
    outcome: result.complete ? "complete" : "cut-short",
    done: trials.length,
    arms: progressArms(
      result.arms.map(({ name }) => name),
      trials,
    ),
    trials: progressTrials(trials),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
