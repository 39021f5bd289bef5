import { median } from "../../measure/summary.ts";
import type { Trial } from "../../measure/trial.ts";

/** What is known of an arm so far: medians over its usable trials; rates in packets per second, latencies in nanoseconds. */
export interface ProgressArm {
  readonly name: string;
  /** Usable ones. */
  readonly trials: number;
  readonly medianPps?: number;
  readonly medianLossRatio?: number;
  readonly medianP50Ns?: number;
  readonly medianP99Ns?: number;
}

/** One trial that is over. */
export interface ProgressTrial {
  /** From 1, in the order they ran. */
  readonly number: number;
  readonly arm: string;
  readonly purpose: string;
  readonly throughputPps: number;
  readonly lossRatio: number;
  readonly p50Ns?: number;
  readonly p99Ns?: number;
  readonly usable: boolean;
}

/** Long searches have hundreds of trials; the last ones are what one looks for. */
export const TRIALS_SHOWN = 20;

/** Figures of each arm, the same that its result will have. */
export function progressArms(names: readonly string[], trials: readonly Trial[]): readonly ProgressArm[] {
  return names.map((name) => {
    const usable = trials.filter((trial) => trial.arm === name && trial.usable);
    const latencies = usable.flatMap(({ latencyNs }) => (latencyNs === undefined ? [] : [latencyNs]));
    if (usable.length === 0) return { name, trials: 0 };
    return {
      name,
      trials: usable.length,
      medianPps: median(usable.map(({ throughputPps }) => throughputPps)),
      medianLossRatio: median(usable.map(({ lossRatio }) => lossRatio)),
      ...(latencies.length > 0 && {
        medianP50Ns: median(latencies.map(({ p50 }) => p50)),
        medianP99Ns: median(latencies.map(({ p99 }) => p99)),
      }),
    };
  });
}

/** The last trials, in the order they ran. */
export function progressTrials(trials: readonly Trial[]): readonly ProgressTrial[] {
  return trials.slice(-TRIALS_SHOWN).map(({ index, arm, purpose, throughputPps, lossRatio, latencyNs, usable }) => ({
    number: index + 1,
    arm,
    purpose,
    throughputPps,
    lossRatio,
    ...(latencyNs !== undefined && { p50Ns: latencyNs.p50, p99Ns: latencyNs.p99 }),
    usable,
  }));
}
