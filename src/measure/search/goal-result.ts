import { conditionalThroughput, counts, isLossy } from "./classify.ts";
import type { Goal } from "./goal.ts";
import type { LoadTable } from "./load-table.ts";
import { relativeWidth, relevantBounds } from "./load-table.ts";
import type { GoalResult, SearchOutcome } from "./outcome.ts";
import type { SearchTrial } from "./search-trial.ts";

/** The loads that a search may try. */
export interface SearchRange extends Pick<SearchOutcome, "maxLoadFrom"> {
  readonly minPps: number;
  readonly maxPps: number;
}

/** What all trials so far say about a goal. */
export function goalResult(goal: Goal, table: LoadTable, range: SearchRange): GoalResult {
  const bounds = relevantBounds(table, goal);
  const { lowerPps, upperPps } = bounds;
  const width = relativeWidth(bounds);
  const limitedBy = limitOf(goal, table, range);
  const narrow = width !== undefined && width <= goal.width;
  const finished = narrow || lowerPps === range.maxPps || upperPps === range.minPps;
  const trialsAt = (load: number | undefined) => (load === undefined ? [] : table.at(load).map(({ trial }) => trial));
  const result = {
    goal,
    finished,
    ...(lowerPps !== undefined && { lowerPps }),
    ...(upperPps !== undefined && { upperPps }),
    ...(width !== undefined && { width }),
    ...(lowerPps !== undefined && {
      conditionalThroughputPps: conditionalThroughput(lowerPps, table.at(lowerPps), goal),
    }),
    ...(limitedBy !== undefined && { limitedBy }),
    lossInversion: hasInversion(goal, table, upperPps),
    lowerTrials: trialsAt(lowerPps),
    upperTrials: trialsAt(upperPps),
  };
  return { ...result, detail: sentence(result, range) };
}

/** Undefined where it is the system that limits, or where it is not known yet. */
function limitOf(goal: Goal, table: LoadTable, range: SearchRange): GoalResult["limitedBy"] {
  const { lowerPps, upperPps } = relevantBounds(table, goal);
  if (upperPps === undefined) {
    if (lowerPps !== range.maxPps) return undefined;
    return range.maxLoadFrom === "generator" ? "generator" : "max-load";
  }
  const lossy = table.at(upperPps).filter((trial) => counts(trial) && isLossy(trial, goal));
  const short = lossy.filter((trial) => isForWantOfPackets(trial, goal));
  if (short.length * 2 >= lossy.length && short.length > 0) return "generator";
  return upperPps === range.minPps ? "min-load" : undefined;
}

/** A system loses nothing that its counters, or their rounding to packets per second, would not show as more than this share. */
const COUNTING_ERROR = 1e-6;

/**
 * Whether a trial is lossy only because of packets that were never sent: the generator missed the rate, or came so near to it that it passes for reached,
 * and what it did send came through as the goal asks.
 */
function isForWantOfPackets({ reached, loadPps, sentPps, forwardingPps }: SearchTrial, { lossRatio }: Goal): boolean {
  if (!reached) return true;
  if (loadPps === "max" || sentPps >= loadPps * (1 - COUNTING_ERROR)) return false;
  return forwardingPps >= sentPps * (1 - lossRatio) * (1 - COUNTING_ERROR);
}

/** One trial without the goal's loss is enough to say so: nothing depends on it. */
function hasInversion(goal: Goal, table: LoadTable, upperPps: number | undefined): boolean {
  if (upperPps === undefined) return false;
  const passes = (load: number) => {
    const own = table.at(load).filter(counts);
    return own.length > 0 && !own.some((trial) => isLossy(trial, goal));
  };
  return table.loads().some((load) => load > upperPps && passes(load));
}

function sentence(result: Omit<GoalResult, "detail">, { minPps, maxPps }: SearchRange): string {
  const { goal, finished, lowerPps, upperPps, limitedBy } = result;
  const { name } = goal;
  if (!finished) {
    const known =
      lowerPps === undefined && upperPps === undefined
        ? "nothing is known of it"
        : `it is ${lowerPps === undefined ? "" : `at least ${lowerPps}`}${lowerPps !== undefined && upperPps !== undefined ? " and " : ""}${upperPps === undefined ? "" : `below ${upperPps}`} packets per second`;
    return `${name} is not finished: ${known}.`;
  }
  if (upperPps === undefined) {
    return limitedBy === "generator"
      ? `${name} is at least ${lowerPps} packets per second, which is all that the generator sends: there is no upper bound.`
      : `${name} is at least the maximum load of ${maxPps} packets per second: there is no upper bound.`;
  }
  const short =
    limitedBy === "generator" ? " The generator could not keep up with the latter, so the system may do more." : "";
  if (lowerPps === undefined) {
    return `${name} is below the minimum load of ${minPps} packets per second: even that fails.${short}`;
  }
  return `${name} is between ${lowerPps} and ${upperPps} packets per second.${short}`;
}
