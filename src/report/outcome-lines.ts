import { formatCount, formatNumber, formatPercent, formatRate, formatRateRange } from "../measure/quantity.ts";
import type { Arm } from "../measure/result.ts";
import type { GoalResult, MethodOutcome, SearchOutcome } from "../measure/search/outcome.ts";
import type { Trial } from "../measure/trial.ts";

const MICROSECOND_NS = 1000;

/** What an arm's method found, in lines that each stand for themselves; none where the table of the arms says it all. */
export function outcomeLines(arm: Arm): readonly string[] {
  const { outcome } = arm;
  if (outcome === undefined) return [];
  switch (outcome.kind) {
    case "fixed-rate":
    case "max-rate":
      return [];
    case "search":
      return searchLines(outcome);
    case "loss-curve":
      return outcome.points.map(
        ({ loadPps, forwardingPps, lossRatio }) =>
          `${formatRate(loadPps)} offered: ${formatRate(forwardingPps)} forwarded, ${formatPercent(lossRatio)} lost`,
      );
    case "latency-profile":
      return latencyLines(outcome, arm.trials);
    case "back-to-back":
      return backToBackLines(outcome);
    case "soak":
      return soakLines(outcome);
  }
}

const LIMITS: Readonly<Record<NonNullable<GoalResult["limitedBy"]>, string>> = {
  generator: "the generator could not send more, so the lab may do more",
  "max-load": "the highest load allowed, so the lab may do more",
  "min-load": "even the lowest load allowed lost more",
};

function searchLines({ goals }: SearchOutcome): readonly string[] {
  return goals.map(({ goal, finished, conditionalThroughputPps, lowerPps, upperPps, width, limitedBy, detail }) => {
    if (!finished || conditionalThroughputPps === undefined || lowerPps === undefined) return `${goal.name}: ${detail}`;
    const to = upperPps === undefined ? "" : ` to ${formatRate(upperPps)}, ${formatPercent(width ?? 0)} wide`;
    const limit = limitedBy === undefined ? "" : `; ${LIMITS[limitedBy]}`;
    return `${goal.name}, at most ${formatPercent(goal.lossRatio)} lost: ${formatRate(conditionalThroughputPps)} (${formatRate(lowerPps)}${to})${limit}`;
  });
}

/** What a latency profile says besides the latencies: the search for the load that the shares are of. */
export function latencySearchLines({
  ofPps,
  search,
}: Extract<MethodOutcome, { kind: "latency-profile" }>): readonly string[] {
  return [
    ...(search === undefined ? [] : searchLines(search)),
    ...(ofPps === undefined ? ["No load was found that shares could be taken of."] : []),
  ];
}

function latencyLines(
  outcome: Extract<MethodOutcome, { kind: "latency-profile" }>,
  trials: readonly Trial[],
): readonly string[] {
  const lines = outcome.points.map(({ share, loadPps, trial }) => {
    const latency = trials.find(({ index }) => index === trial)?.latencyNs;
    if (latency === undefined) return `${formatPercent(share)}, ${formatRate(loadPps)}: no latency was measured`;
    const us = (nanoseconds: number) => formatNumber(nanoseconds / MICROSECOND_NS);
    return `${formatPercent(share)}, ${formatRate(loadPps)}: p50 ${us(latency.p50)}, p90 ${us(latency.p90)}, p99 ${us(latency.p99)}, p99.9 ${us(latency.p999)}, p99.99 ${us(latency.p9999)}, max ${us(latency.max)} us`;
  });
  return [...latencySearchLines(outcome), ...lines];
}

function backToBackLines(outcome: Extract<MethodOutcome, { kind: "back-to-back" }>): readonly string[] {
  const { meanPackets, minPackets, maxPackets, bursts, impliedBufferSeconds, correctedBufferSeconds } = outcome;
  if (meanPackets === undefined) return ["No burst passed without loss."];
  const spread = `${formatCount(minPackets ?? 0)} to ${formatCount(maxPackets ?? 0)} in ${bursts.length} searches`;
  const buffer = correctedBufferSeconds ?? impliedBufferSeconds;
  return [
    `Longest burst without loss: ${formatCount(meanPackets)} packets (${spread})${bursts.some(({ limited }) => limited) ? "; the longest that was tried passed, so it may be longer" : ""}`,
    ...(buffer === undefined
      ? []
      : [
          `That is a buffer of ${buffer >= 0.01 ? `${formatNumber(buffer)} s` : `${formatNumber(buffer * 1e6)} us`}${correctedBufferSeconds === undefined ? "" : ", less what was forwarded meanwhile"}`,
        ]),
  ];
}

function soakLines({ points, endedEarly, totalMs }: Extract<MethodOutcome, { kind: "soak" }>): readonly string[] {
  const rates = points.filter(({ usable }) => usable).map(({ forwardingPps }) => forwardingPps);
  const worst = Math.max(0, ...points.map(({ lossRatio }) => lossRatio));
  return [
    `${formatNumber(totalMs / 1000)} s in ${points.length} ${points.length === 1 ? "interval" : "intervals"}: ${formatRateRange(Math.min(...rates), Math.max(...rates))}, at most ${formatPercent(worst)} lost in one`,
    ...(endedEarly === undefined ? [] : [`Ended early: ${endedEarly}`]),
  ];
}
