import { backToBack } from "./back-to-back.ts";
import { fixedRate, maxRate } from "./fixed-rate.ts";
import { latencyProfile } from "./latency-profile.ts";
import { lossCurve } from "./loss-curve.ts";
import type { Method } from "./method.ts";
import { mlrSearch } from "./mlr-search.ts";
import type { MethodOutcome } from "./outcome.ts";
import type { MethodOptions } from "./progress.ts";
import type { Measure } from "./search-trial.ts";
import { soak } from "./soak.ts";

/**
 * Runs a method from its first trial to its last, one trial at a time. It has no clock and draws nothing by lot: which trials it asks for depends on the
 * answers alone. What a method can find wrong is in its outcome; it rejects only with what `measure` rejects with, so that an interruption ends it at once.
 */
export function runMethod(method: Method, measure: Measure, options: MethodOptions = {}): Promise<MethodOutcome> {
  switch (method.kind) {
    case "fixed-rate":
      return fixedRate(method, measure, options);
    case "max-rate":
      return maxRate(method, measure, options);
    case "search":
      return mlrSearch(method.goals, method, measure, options);
    case "loss-curve":
      return lossCurve(method, measure, options);
    case "back-to-back":
      return backToBack(method, measure, options);
    case "latency-profile":
      return latencyProfile(method, measure, options);
    case "soak":
      return soak(method, measure, options);
  }
}
