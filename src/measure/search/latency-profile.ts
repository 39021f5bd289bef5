import { counted, leftOf } from "./counted.ts";
import type { MethodOf } from "./method.ts";
import { mlrSearch } from "./mlr-search.ts";
import type { OutcomeOf, SearchOutcome } from "./outcome.ts";
import { pointOf } from "./point.ts";
import type { MethodOptions } from "./progress.ts";
import type { Measure } from "./search-trial.ts";

/**
 * Latency at shares of a load, as FD.io CSIT measures it at 0, 10, 50 and 90 % of the PDR. The load is given, or searched for first: then it is the
 * lower bound of the search's last goal. Where the search finds none, no latency is measured. Share 0 is the lowest load, as no packets have no latency.
 */
export async function latencyProfile(
  method: MethodOf<"latency-profile">,
  measure: Measure,
  options: MethodOptions = {},
): Promise<OutcomeOf<"latency-profile">> {
  const { of, shares, trials, durationMs, minLoadPps } = method;
  let search: SearchOutcome | undefined;
  if (typeof of !== "number") search = await mlrSearch(of.goals, of, measure, options);
  const ofPps = typeof of === "number" ? of : search?.goals.at(-1)?.lowerPps;
  const points: OutcomeOf<"latency-profile">["points"][number][] = [];
  const session = counted(measure, options);
  if (ofPps !== undefined) {
    for (const share of shares) {
      const loadPps = Math.max(minLoadPps, Math.round(ofPps * share));
      const purpose = `latency at ${Math.round(share * 1000) / 10} %`;
      for (let repeat = 0; repeat < trials; repeat += 1) {
        const left = () => leftOf(shares.length * trials - points.length - 1, durationMs);
        const trial = await session.measure({ loadPps, durationMs, purpose }, left);
        points.push({ ...pointOf(trial), share, ...(trial.latencyNs && { latencyNs: trial.latencyNs }) });
      }
    }
  }
  return {
    kind: "latency-profile",
    ...(ofPps !== undefined && { ofPps }),
    ...(search && { search }),
    points,
  };
}
