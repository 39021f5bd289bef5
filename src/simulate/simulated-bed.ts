import type { Lab } from "../lab/lab.ts";
import { makeTrial } from "../measure/make-trial.ts";
import { seededRandom } from "../measure/statistics/seeded-random.ts";
import type { Trial } from "../measure/trial.ts";
import type { BedVersions, TestBed, TrialRequest } from "../run/test-bed.ts";
import { simulatedCeilingPps, simulateTrial } from "./simulate-trial.ts";

export interface SimulatedBedOptions {
  /** The same seed gives the same trials. */
  readonly seed: number;
  readonly onOpen: (lab: Lab) => Promise<void>;
}

/** The modelled data plane as a test bed. Trials take no time. */
export class SimulatedBed implements TestBed {
  readonly #options: SimulatedBedOptions;
  readonly #open = new Set<string>();

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
    // By the trial's place alone, so that a run that is gone on with draws what the whole run would have drawn.
    const random = seededRandom(this.#options.seed * 1_000_003 + request.index);
    const ceilingPps = simulatedCeilingPps(lab);
    return makeTrial(simulateTrial(lab, { ...request, ceilingPps }, random));
  }

  async ceilingPps(lab: Lab): Promise<number> {
    return simulatedCeilingPps(lab);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
