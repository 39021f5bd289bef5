import type { MeasureRequest } from "../measure/search/search-trial.ts";
import type { Trial } from "../measure/trial.ts";

/**
 * The trials of a run that was cut short, to go on from. Methods ask for trials by the answers alone, so given the same answers again they ask for the same:
 * what is recorded is handed out in the order that it ran, until an arm asks for something else or there is no more.
 */
export class Recorded {
  /** What is kept: complete trials with their indices as they were. */
  readonly all: readonly Trial[];
  readonly #queues = new Map<string, Trial[]>();

  constructor(trials: readonly Trial[]) {
    this.all = trials.filter((trial) => trial.complete).map((trial, index) => ({ ...trial, index }));
    const moved = new Map(trials.filter((trial) => trial.complete).map((trial, index) => [trial.index, index]));
    this.all = this.all.map((trial) =>
      trial.repeatOf === undefined ? trial : { ...trial, repeatOf: moved.get(trial.repeatOf) ?? trial.index },
    );
    const replaced = new Set(this.all.flatMap(({ repeatOf }) => repeatOf ?? []));
    for (const trial of this.all) {
      if (replaced.has(trial.index)) continue;
      const queue = this.#queues.get(trial.arm) ?? [];
      queue.push(trial);
      this.#queues.set(trial.arm, queue);
    }
  }

  /** The next recorded trial of an arm, if it is what is asked for now. */
  next(arm: string, request: MeasureRequest): Trial | undefined {
    const queue = this.#queues.get(arm) ?? [];
    const [trial] = queue;
    if (trial === undefined) return undefined;
    const load = trial.askedPps ?? "max";
    if (load !== request.loadPps || trial.askedMs !== request.durationMs || trial.purpose !== request.purpose) {
      this.#queues.delete(arm);
      return undefined;
    }
    queue.shift();
    return trial;
  }
}
