import type { MethodPoint } from "./outcome.ts";
import type { SearchTrial } from "./search-trial.ts";
import { lossRatioOf } from "./search-trial.ts";

/** A trial as the outcome of a method carries it. */
export function pointOf(trial: SearchTrial): MethodPoint {
  return {
    trial: trial.trial,
    loadPps: trial.loadPps === "max" ? trial.sentPps : trial.loadPps,
    durationMs: trial.durationMs,
    offered: trial.offered,
    received: trial.received,
    forwardingPps: trial.forwardingPps,
    lossRatio: lossRatioOf(trial),
    reached: trial.reached,
    usable: trial.usable,
  };
}

/** A trial that speaks for the system under the load asked: no generator that fell short, nothing disturbed. */
export function isValid(trial: Pick<SearchTrial, "reached" | "usable">): boolean {
  return trial.reached && trial.usable;
}

export function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation (n - 1); undefined for fewer than two values. */
export function standardDeviation(values: readonly number[]): number | undefined {
  const centre = mean(values);
  if (centre === undefined || values.length < 2) return undefined;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}
