import { setImmediate } from "node:timers/promises";
import type { Lab } from "../lab/lab.ts";
import { makeTrial } from "../measure/make-trial.ts";
import { seededRandom } from "../measure/statistics/seeded-random.ts";
import type { Trial } from "../measure/trial.ts";
import type { BedVersions, TestBed, TrialRequest } from "../run/test-bed.ts";
import { simulatedCeilingPps, simulateTrial } from "./simulate-trial.ts";

export interface SimulatedBedOptions {
  /** The same seed gives the same trials. */
  readonly seed: number;
  /** Called before the first trial on a lab. */
  readonly onOpen: (lab: Lab) => Promise<void>;
}

/** The modelled data plane as a test bed. Trials take no time. */
export class SimulatedBed implements TestBed {
  readonly #options: SimulatedBedOptions;
  readonly #open = new Set<string>();
  readonly #ceilings = new WeakMap<Lab, number>();

  constructor(options: SimulatedBedOptions) {
    this.#options = options;
  }

  readonly versions = (): BedVersions => ({ ovs: undefined, dpdk: undefined });

  async open(lab: Lab): Promise<void> {
    if (this.#open.has(lab.name)) return;
    this.#open.add(lab.name);
    await this.#options.onOpen(lab);
  }

  async drive(lab: Lab, request: TrialRequest): Promise<Trial> {
    await this.open(lab);
    // Nothing here waits for anything, and a signal is delivered only to a program that does.
    await setImmediate();
    // By the trial's place alone, so that a run that is gone on with draws what the whole run would have drawn.
    const random = seededRandom(this.#options.seed * 1_000_003 + request.index);
    const measurement = simulateTrial(lab, { ...request, ceilingPps: await this.ceilingPps(lab) }, random);
    const incomplete = request.signal.aborted ? "The trial was interrupted before its end." : undefined;
    return makeTrial({ ...measurement, incomplete });
  }

  async ceilingPps(lab: Lab): Promise<number | undefined> {
    const known = this.#ceilings.get(lab);
    if (known !== undefined) return known;
    const ceilingPps = simulatedCeilingPps(lab);
    if (ceilingPps !== undefined) this.#ceilings.set(lab, ceilingPps);
    return ceilingPps;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
