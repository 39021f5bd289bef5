import type { Counted } from "./counted.ts";
import { counted, leftOf } from "./counted.ts";
import type { MethodOf } from "./method.ts";
import type { MethodPoint, OutcomeOf } from "./outcome.ts";
import { isValid, mean, pointOf, standardDeviation } from "./point.ts";
import type { MethodOptions } from "./progress.ts";
import type { Load, Measure } from "./search-trial.ts";

/** The same trial several times at one load. */
export async function fixedRate(
  method: MethodOf<"fixed-rate">,
  measure: Measure,
  options: MethodOptions = {},
): Promise<OutcomeOf<"fixed-rate">> {
  return { kind: "fixed-rate", points: await repeated(method.loadPps, method, "trial", counted(measure, options)) };
}

/** Forwarding rate at maximum offered load (RFC 2285 3.6.2), over several trials. */
export async function maxRate(
  method: MethodOf<"max-rate">,
  measure: Measure,
  options: MethodOptions = {},
): Promise<OutcomeOf<"max-rate">> {
  const points = await repeated("max", method, "maximum rate", counted(measure, options));
  const rates = points.filter(isValid).map(({ forwardingPps }) => forwardingPps);
  const forwardingPps = mean(rates);
  const standardDeviationPps = standardDeviation(rates);
  return {
    kind: "max-rate",
    points,
    ...(forwardingPps !== undefined && { forwardingPps }),
    ...(standardDeviationPps !== undefined && { standardDeviationPps }),
  };
}

async function repeated(
  loadPps: Load,
  { trials, durationMs }: { readonly trials: number; readonly durationMs: number },
  purpose: string,
  session: Counted,
): Promise<readonly MethodPoint[]> {
  const points: MethodPoint[] = [];
  for (let left = trials - 1; left >= 0; left -= 1) {
    points.push(pointOf(await session.measure({ loadPps, durationMs, purpose }, () => leftOf(left, durationMs))));
  }
  return points;
}
