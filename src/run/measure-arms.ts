import type { ArmPlan } from "../measure/arm-plan.ts";
import type { MethodOutcome } from "../measure/search/outcome.ts";
import type { MethodProgress } from "../measure/search/progress.ts";
import { runMethod } from "../measure/search/run-method.ts";
import type { MeasureRequest, SearchTrial } from "../measure/search/search-trial.ts";
import { searchTrialOf } from "../measure/search-trial-of.ts";
import type { Trial } from "../measure/trial.ts";
import type { EmitRun } from "./event.ts";
import { Recorded } from "./recorded.ts";
import type { TestBed } from "./test-bed.ts";
import { takeTurns } from "./turns.ts";

/** A trial beside its traffic: sampling, draining and, in a comparison, thawing and freezing (measured, for the time left only). */
const OVERHEAD_MS = 500;
/** Disturbed trials of an arm that are repeated: this many, and one more for every four trials. A machine that is never quiet is told, not waited for. */
const REPEATS = { first: 2, oneIn: 4 } as const;

export interface MeasureOptions {
  /** Names of all arms in the order of a round, from 0. */
  readonly orderOfRound: (round: number) => readonly string[];
  /** After an abort the trial under way is kept, marked incomplete, and no other is started. */
  readonly signal: AbortSignal;
  /** Trials of an earlier run that was cut short: they are not measured again. */
  readonly recorded?: readonly Trial[];
  /** Called after every trial with all so far, to keep them. */
  readonly keep?: (trials: readonly Trial[]) => Promise<void>;
}

export interface Measured {
  /** In the order they ran. */
  readonly trials: readonly Trial[];
  /** By the arm's name; arms that did not come to their end are missing. */
  readonly outcomes: ReadonlyMap<string, MethodOutcome>;
}

/** The trial under way was cut short: everything ends, and what was measured is kept. */
class Interrupted extends Error {}

/**
 * Measures every arm by its method, one trial at a time and in turns, so that what the machine does falls on all arms alike. A trial that was disturbed is
 * repeated at once, a bounded number of times.
 */
export async function measureArms(
  bed: TestBed,
  arms: readonly ArmPlan[],
  options: MeasureOptions,
  emit: EmitRun,
): Promise<Measured> {
  const session = new Session(bed, arms, options, emit);
  const outcomes = new Map<string, MethodOutcome>();
  const players = arms.map((arm) => ({
    name: arm.name,
    play: async (ask: (request: MeasureRequest) => Promise<SearchTrial>) => {
      const onProgress = (progress: MethodProgress) => session.note(arm.name, progress);
      outcomes.set(arm.name, await runMethod(arm.method, ask, { onProgress }));
    },
  }));
  try {
    await takeTurns(players, options.orderOfRound, (name, request) => session.answer(name, request));
  } catch (error) {
    // A lab that was being brought up when the signal came fails by it: what was measured before is kept all the same.
    if (!(error instanceof Interrupted) && !options.signal.aborted) throw error;
  }
  return { trials: session.trials, outcomes };
}

class Session {
  readonly trials: Trial[];
  readonly #bed: TestBed;
  readonly #arms: ReadonlyMap<string, ArmPlan>;
  readonly #options: MeasureOptions;
  readonly #emit: EmitRun;
  readonly #recorded: Recorded;
  readonly #progress = new Map<string, MethodProgress>();
  readonly #repeated = new Map<string, number>();
  readonly #ready = new Set<string>();
  /** Trials that each arm has had, repeats not counted. */
  readonly #rounds = new Map<string, number>();

  constructor(bed: TestBed, arms: readonly ArmPlan[], options: MeasureOptions, emit: EmitRun) {
    this.#bed = bed;
    this.#arms = new Map(arms.map((arm) => [arm.name, arm]));
    this.#options = options;
    this.#emit = emit;
    this.#recorded = new Recorded(options.recorded ?? []);
    this.trials = [...this.#recorded.all];
  }

  note(arm: string, progress: MethodProgress): void {
    this.#progress.set(arm, progress);
  }

  /** One trial for an arm: a recorded one if there is one, else a new one, repeated if it was disturbed. */
  async answer(name: string, request: MeasureRequest): Promise<SearchTrial> {
    const trial = await this.#trialFor(name, request);
    this.#rounds.set(name, (this.#rounds.get(name) ?? 0) + 1);
    return searchTrialOf(trial, request);
  }

  async #trialFor(name: string, request: MeasureRequest): Promise<Trial> {
    const known = this.#recorded.next(name, request);
    if (known !== undefined) return known;
    if (this.#options.signal.aborted) throw new Interrupted();
    const arm = this.#arms.get(name);
    if (arm === undefined) throw new Error(`internal: no arm ${name}`);
    if (!this.#ready.has(name)) {
      await this.#bed.ceilingPps(arm.lab);
      this.#ready.add(name);
    }
    const first = await this.#drive(arm, request, undefined);
    if (!this.#mayRepeat(arm, first)) return first;
    this.trials[this.trials.length - 1] = { ...first, usable: false };
    this.#repeated.set(name, (this.#repeated.get(name) ?? 0) + 1);
    return await this.#drive(arm, request, first.index);
  }

  async #drive(arm: ArmPlan, request: MeasureRequest, repeatOf: number | undefined): Promise<Trial> {
    const number = this.trials.length + 1;
    const { trials: left, timeMs } = this.#left();
    this.#emit({
      type: "trial-started",
      arm: arm.name,
      purpose: request.purpose,
      number,
      total: left === undefined ? undefined : number - 1 + left,
      remainingMs: timeMs,
    });
    const trial = await this.#bed.drive(arm.lab, {
      index: this.trials.length,
      arm: arm.name,
      round: this.#rounds.get(arm.name) ?? 0,
      purpose: request.purpose,
      ratePps: request.loadPps === "max" ? undefined : request.loadPps,
      durationMs: request.durationMs,
      ...(request.packets !== undefined && { packets: request.packets }),
      ...(repeatOf !== undefined && { repeatOf }),
      ...(arm.observed === true && { observed: true }),
      signal: this.#options.signal,
    });
    this.trials.push(trial);
    this.#emit({ type: "trial-done", trial, number, total: left === undefined ? undefined : number - 1 + left });
    await this.#options.keep?.(this.trials);
    if (this.#options.signal.aborted) throw new Interrupted();
    return trial;
  }

  #mayRepeat(arm: ArmPlan, trial: Trial): boolean {
    if (!trial.complete || trial.flags.every(({ code }) => code !== "disturbed")) return false;
    const own = this.trials.filter((candidate) => candidate.arm === arm.name).length;
    return (this.#repeated.get(arm.name) ?? 0) < REPEATS.first + Math.floor(own / REPEATS.oneIn);
  }

  /** What all arms expect still to come; undefined as long as one of them cannot say. */
  #left(): { readonly trials: number | undefined; readonly timeMs: number | undefined } {
    let trials = 0;
    let timeMs = 0;
    for (const arm of this.#arms.values()) {
      const left = this.#progress.get(arm.name) ?? plannedOf(arm);
      if (left === undefined) return { trials: undefined, timeMs: undefined };
      trials += left.trialsLeft;
      timeMs += left.timeLeftMs + left.trialsLeft * (arm.lab.traffic.warmupMs + OVERHEAD_MS);
    }
    return { trials, timeMs };
  }
}

/** Methods that know beforehand how many trials they take. */
function plannedOf({ method }: ArmPlan): { readonly trialsLeft: number; readonly timeLeftMs: number } | undefined {
  if (method.kind === "fixed-rate" || method.kind === "max-rate") {
    return { trialsLeft: method.trials, timeLeftMs: method.trials * method.durationMs };
  }
  if (method.kind !== "soak") return undefined;
  return { trialsLeft: Math.ceil(method.totalMs / method.intervalMs), timeLeftMs: method.totalMs };
}
