import { MIN_TRIALS_FOR_INTERVAL } from "../measure/bootstrap.ts";
import { formatNumber, formatPercent } from "../measure/quantity.ts";
import type { Arm } from "../measure/result.ts";
import { SAME_WITHIN } from "../measure/verdict.ts";

/** Which of two arms is faster and by how much, as a sentence that does not say more than the trials do. */
export function verdictSentence(arm: Arm, first: Arm): string {
  const ratio = arm.ratioToFirst;
  if (ratio === undefined) {
    const silent = [first, arm].find((side) => side.throughputPps === undefined);
    const why = silent ? `${silent.datapath} has no complete trial` : `${first.datapath} delivered nothing`;
    return `${arm.datapath} cannot be compared with ${first.datapath}: ${why}.`;
  }
  const delivered = `${arm.datapath} delivered ${times(ratio)} ${first.datapath}`;
  const trials = trialsOf(arm.throughputPps?.n ?? 0, first.throughputPps?.n ?? 0);
  const interval = arm.ratioInterval;
  if (interval === undefined) {
    return `${delivered} (${trials}: too few for a verdict, ${MIN_TRIALS_FOR_INTERVAL} each are needed).`;
  }
  const level = formatNumber(interval.confidence * 100).replace(/\.0$/, "");
  const basis = `${level} % interval ${times(interval.low)} to ${times(interval.high)}, ${trials}`;
  switch (arm.verdict) {
    case "same":
      return `${arm.datapath} delivered as much as ${first.datapath} to within ${formatPercent(SAME_WITHIN).replace(".00", "")}: ${times(ratio)} (${basis}).`;
    case "better":
    case "worse":
      return `${delivered} (${basis}).`;
    default:
      return `${delivered}, but which is faster these trials cannot tell (${basis}).`;
  }
}

function times(ratio: number): string {
  return `${formatNumber(ratio)}x`;
}

function trialsOf(own: number, first: number): string {
  if (own !== first) return `${own} and ${first} trials`;
  return own === 1 ? "1 trial each" : `${own} trials each`;
}
