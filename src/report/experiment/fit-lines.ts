import { formatNumber } from "../../measure/quantity.ts";
import type { Result } from "../../measure/result.ts";
import { theilSen } from "../../measure/statistics/theil-sen.ts";
import { sweepAxis } from "../plot/sweep-axis.ts";

const NANO = 1e9;

/**
 * What a step of the parameter that was swept costs a packet, for each line of the sweep: the slope of nanoseconds a packet over the parameter, by the trials. None where
 * there are fewer than three values.
 */
export function fitLines(result: Result): readonly string[] {
  const axis = result.kind === "sweep" ? sweepAxis(result.arms) : undefined;
  if (axis === undefined) return [];
  return axis.lines.flatMap(({ name, points }) => {
    const fitted = theilSen(
      points.flatMap(({ x, arm }) =>
        arm.trials
          .filter(({ usable, throughputPps }) => usable && throughputPps > 0)
          .map(({ throughputPps }) => [x, NANO / throughputPps] as const),
      ),
    );
    if (fitted === undefined) return [];
    const { slope, slopeLow, slopeHigh, intercept, worstMiss } = fitted;
    const step = stepOf(axis.values);
    const arm = name === "" ? "" : `${name}: `;
    const of = `${formatNumber(intercept)} ns; no trial is more than ${Math.round(worstMiss * 100)} % off`;
    if (slopeLow <= 0 && slopeHigh >= 0)
      return [`${arm}${axis.parameter} makes no difference that shows: a packet takes ${of}`];
    const middleHalf = `${formatNumber(slopeLow * step)} to ${formatNumber(slopeHigh * step)}`;
    return [
      `${arm}each ${step} more of ${axis.parameter} costs ${formatNumber(slope * step)} ns a packet (middle half of the slopes: ${middleHalf}) on top of ${of} this line`,
    ];
  });
}

/** A round number near the distance of two values: what a slope is told for. */
function stepOf(values: readonly number[]): number {
  const span = (values.at(-1) ?? 1) - (values[0] ?? 0);
  return 10 ** Math.floor(Math.log10(span / Math.max(1, values.length - 1)));
}
