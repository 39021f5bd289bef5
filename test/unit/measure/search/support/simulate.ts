import type { Measure, SearchTrial } from "../../../../../src/measure/search/search-trial.ts";
import type { System } from "./systems.ts";
import { seededRandom } from "./systems.ts";

export interface SimulationOptions {
  readonly seed?: number;
  /** What the generator can send at most. */
  readonly generatorPps?: number;
  /** Effective duration beyond the sending interval. */
  readonly overheadMs?: number;
  /** Whether a trial was disturbed from outside. */
  readonly isDisturbed?: (trial: number) => boolean;
}

/** A measurer without a clock, and all trials that it ran. */
export interface Simulation {
  readonly measure: Measure;
  readonly trials: SearchTrial[];
}

/** Counts are whole packets, as real ones are. */
export function simulate(system: System, options: SimulationOptions = {}): Simulation {
  const { seed = 1, generatorPps = 100e6, overheadMs = 0, isDisturbed = () => false } = options;
  const random = seededRandom(seed);
  const trials: SearchTrial[] = [];
  const measure: Measure = async ({ loadPps, durationMs }) => {
    const index = trials.length;
    const sentPps = loadPps === "max" ? generatorPps : Math.min(loadPps, generatorPps);
    const askedPps = loadPps === "max" ? sentPps : loadPps;
    const packets = (pps: number) => Math.round((pps * durationMs) / 1000);
    // A system that keeps up loses nothing to rounding.
    const forwarded = system.forward(sentPps, index, random);
    const received = forwarded >= sentPps ? packets(sentPps) : Math.min(packets(forwarded), packets(sentPps));
    const trial: SearchTrial = {
      trial: index,
      loadPps,
      durationMs,
      effectiveDurationMs: durationMs + overheadMs,
      offered: packets(askedPps),
      received,
      sentPps,
      forwardingPps: (received * 1000) / durationMs,
      reached: sentPps >= 0.99 * askedPps,
      usable: sentPps >= 0.99 * askedPps && !isDisturbed(index),
    };
    trials.push(trial);
    return trial;
  };
  return { measure, trials };
}
