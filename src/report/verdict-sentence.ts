import { formatNumber, formatPercent } from "../measure/quantity.ts";
import type { Arm } from "../measure/result.ts";
import type { Comparison } from "../measure/statistics/comparison.ts";
import { ratioOf } from "./arm-table.ts";

/** Which of two arms is faster and by how much, as a sentence that does not say more than the trials do. */
export function verdictSentence(arm: Arm, first: Arm): string {
  const { comparison } = arm;
  const ratio = ratioOf(comparison);
  if (comparison === undefined || ratio === undefined) {
    const silent = [first, arm].find((side) => side.throughputPps === undefined);
    const why = silent ? `${silent.name} has no usable trial` : `${first.name} delivered nothing`;
    return `${arm.name} cannot be compared with ${first.name}: ${why}.`;
  }
  return comparisonSentence(comparison, ratio, arm.name, first.name);
}

/** The same for any two things that were compared, by their names. */
export function comparisonSentence(comparison: Comparison, ratio: number, name: string, other: string): string {
  const delivered = `${name} delivered ${times(ratio)} ${other}`;
  const basis = basisOf(comparison);
  switch (comparison.reason) {
    case "difference":
      return `${delivered} (${basis}): ${comparison.verdict}${effectOf(comparison)}.`;
    case "within-same-band":
      return `${name} delivered as much as ${other} to within ${formatPercent(comparison.sameWithin).replace(".00", "")}: ${times(ratio)} (${basis}).`;
    case "too-few-trials":
    case "no-ratio":
      return `${delivered} (${trialsOf(comparison)}: too few for a verdict).`;
    case "interval-includes-one":
    case "not-significant":
      return `${delivered}, but which is faster these trials cannot tell (${basis}).`;
    case "inside-noise-floor":
      return `${delivered} (${basis}), but cannot tell: this host has shown differences of up to ${times(comparison.noiseFloor?.ratio ?? 1)} between equals.`;
    case "noise-unknown":
      return `${delivered} (${basis}), but cannot tell: the two were measured at different times, and what this host does in between is not known (corebed calibrate measures it).`;
    case "noise-floor-too-wide":
      return `${delivered} (${basis}), but cannot tell whether they are the same: this host has shown differences of up to ${times(comparison.noiseFloor?.ratio ?? 1)} between equals.`;
  }
}

function basisOf(comparison: Comparison): string {
  const { interval } = comparison;
  const trials = trialsOf(comparison);
  if (interval === undefined) return trials;
  const level = formatNumber(interval.confidence * 100).replace(/\.0$/, "");
  return `${level} % interval ${times(interval.low)} to ${times(interval.high)}, ${trials}`;
}

/** Nobody needs to be told that ten times as much is a large effect. */
function effectOf({ effect, ratio = 1 }: Comparison): string {
  if (effect === undefined || ratio > 1.5 || ratio < 1 / 1.5) return "";
  return `, a ${effect.magnitude} effect (${formatPercent(effect.a12).replace(".00", "").replace(".0 ", " ")} of pairs of trials higher)`;
}

function times(ratio: number): string {
  return `${formatNumber(ratio)}x`;
}

function trialsOf({ n, baselineN }: Comparison): string {
  if (n !== baselineN) return `${n} and ${baselineN} trials`;
  return n === 1 ? "1 trial each" : `${n} trials each`;
}
