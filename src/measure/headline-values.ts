import type { Method } from "./search/method.ts";
import type { MethodOutcome } from "./search/outcome.ts";
import type { Trial } from "./trial.ts";

/**
 * The trials that an arm's figures are of. Where every trial is alike these are all the usable ones; a search tries many loads, and none of its trials stands
 * for the arm: there the figures are those of the trials at the load it found, or of the latency trials at half of it.
 */
export function headlineTrials(
  trials: readonly Trial[],
  method: Method,
  outcome: MethodOutcome | undefined,
): readonly Trial[] {
  const usable = trials.filter((trial) => trial.usable);
  switch (method.kind) {
    case "fixed-rate":
    case "max-rate":
    case "soak":
      return usable;
    case "latency-profile": {
      const half = usable.filter((trial) => trial.purpose === "latency at 50 %");
      return half.length > 0 ? half : usable.filter((trial) => trial.purpose.startsWith("latency"));
    }
    case "search": {
      const found = outcome?.kind === "search" ? (outcome.goals.at(-1)?.lowerTrials ?? []) : [];
      return usable.filter(({ index }) => found.includes(index));
    }
    case "loss-curve":
    case "back-to-back":
      return [];
  }
}

/** What stands for the arm's throughput in packets per second: the trials' own, or what the search found for its last goal. */
export function headlineValues(trials: readonly Trial[], outcome: MethodOutcome | undefined): readonly number[] {
  const search =
    outcome?.kind === "search" ? outcome : outcome?.kind === "latency-profile" ? outcome.search : undefined;
  if (search !== undefined)
    return search.goals.at(-1)?.conditionalThroughputPps === undefined
      ? []
      : [search.goals.at(-1)?.conditionalThroughputPps ?? 0];
  if (outcome?.kind === "loss-curve") {
    const rates = outcome.points.filter(({ usable }) => usable).map(({ forwardingPps }) => forwardingPps);
    return rates.length === 0 ? [] : [Math.max(...rates)];
  }
  if (outcome?.kind === "back-to-back") return outcome.burstPps === undefined ? [] : [outcome.burstPps];
  return trials.map((trial) => trial.throughputPps);
}
