import { exactNumber, formatPercent, formatRate } from "../quantity.ts";
import { counted, leftOf } from "./counted.ts";
import type { MethodOf } from "./method.ts";
import type { MethodPoint, OutcomeOf } from "./outcome.ts";
import { pointOf } from "./point.ts";
import type { MethodOptions } from "./progress.ts";
import type { Measure } from "./search-trial.ts";

/**
 * One load for a long time: trials of a fixed length, one after another, until their sum is reached or an interval breaks `stopWhen`. A disturbed
 * interval stays in the series and does not end it.
 */
export async function soak(
  method: MethodOf<"soak">,
  measure: Measure,
  options: MethodOptions = {},
): Promise<OutcomeOf<"soak">> {
  const { loadPps, intervalMs, totalMs, stopWhen } = method;
  const session = counted(measure, options);
  const intervals = Math.max(1, Math.ceil(totalMs / intervalMs));
  const points: MethodPoint[] = [];
  let endedEarly: string | undefined;
  while (points.length < intervals && endedEarly === undefined) {
    const number = points.length + 1;
    const request = { loadPps, durationMs: intervalMs, purpose: `soak ${number} of ${intervals}` };
    const point = pointOf(await session.measure(request, () => leftOf(intervals - number, intervalMs)));
    points.push(point);
    if (point.usable) endedEarly = brokenBy(point, number, stopWhen);
  }
  return {
    kind: "soak",
    points,
    totalMs: points.length * intervalMs,
    ...(endedEarly !== undefined && { endedEarly }),
  };
}

function brokenBy(
  { lossRatio, forwardingPps }: MethodPoint,
  number: number,
  { lossRatioAbove, forwardingPpsBelow }: MethodOf<"soak">["stopWhen"],
): string | undefined {
  if (lossRatioAbove !== undefined && lossRatio > lossRatioAbove) {
    return `Interval ${number} lost ${formatPercent(lossRatio)} of its packets: more than ${exactNumber(lossRatioAbove * 100)} %.`;
  }
  if (forwardingPpsBelow !== undefined && forwardingPps < forwardingPpsBelow) {
    return `Interval ${number} forwarded ${formatRate(forwardingPps)}: less than ${formatRate(forwardingPpsBelow)}.`;
  }
  return undefined;
}
