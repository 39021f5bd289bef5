import { counted, leftOf } from "./counted.ts";
import type { MethodOf } from "./method.ts";
import type { MethodPoint, OutcomeOf } from "./outcome.ts";
import { pointOf } from "./point.ts";
import type { MethodOptions } from "./progress.ts";
import type { Measure } from "./search-trial.ts";

/** A trial that was disturbed is repeated this often before the curve goes on without it. */
const REPEATS = 2;
/** The curve ends after two loads in a row without loss (RFC 2544 26.3). */
const LOSS_FREE_LOADS = 2;

/**
 * Frame loss rate over load (RFC 2544 26.3): from the maximum down in equal steps, until two successive loads lose nothing or none is left above zero. A
 * load that the generator could not reach is no loss-free one, whatever arrived. Disturbed trials stay in the curve, marked, and are repeated.
 */
export async function lossCurve(
  method: MethodOf<"loss-curve">,
  measure: Measure,
  options: MethodOptions = {},
): Promise<OutcomeOf<"loss-curve">> {
  const { durationMs, stepRatio } = method;
  const session = counted(measure, options);
  const points: MethodPoint[] = [];
  let maxLoadPps = method.maxLoadPps;
  let lossFreeInARow = 0;
  // Without the half step, a rounding error could add a load of almost zero.
  for (let step = 0; 1 - step * stepRatio > stepRatio / 2 && lossFreeInARow < LOSS_FREE_LOADS; step += 1) {
    const share = 1 - step * stepRatio;
    const loadPps = maxLoadPps === undefined ? "max" : Math.round(maxLoadPps * share);
    const request = { loadPps, durationMs, purpose: `loss at ${Math.round(share * 1000) / 10} %` } as const;
    const left = () => leftOf(Math.ceil(1 / stepRatio) - step - 1, durationMs);
    let point = pointOf(await session.measure(request, left));
    points.push(point);
    for (let repeat = 0; !point.usable && point.reached && repeat < REPEATS; repeat += 1) {
      point = pointOf(await session.measure(request, left));
      points.push(point);
    }
    maxLoadPps ??= point.loadPps;
    if (maxLoadPps <= 0) break;
    if (point.usable || !point.reached)
      lossFreeInARow = point.reached && point.lossRatio === 0 ? lossFreeInARow + 1 : 0;
  }
  return { kind: "loss-curve", points, maxLoadPps: maxLoadPps ?? 0, lossFree: lossFreeInARow >= LOSS_FREE_LOADS };
}
