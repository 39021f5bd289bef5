import { counts, effectiveMs, isFullLength, isLossy } from "./classify.ts";
import type { Left } from "./counted.ts";
import type { Goal } from "./goal.ts";
import type { Bounds, LoadTable } from "./load-table.ts";
import { relativeWidth, relevantBounds } from "./load-table.ts";

interface LeftOptions {
  readonly minPps: number;
  readonly maxPps: number;
  /** What a trial counts for beyond its sending interval. */
  readonly overheadMs: number;
}

/**
 * What a search has before it if nothing surprises: for each goal, the halvings until its interval by probing trials is narrow enough, then what its two
 * ends lack to be decided. Goals may share trials, so with several it is rather too much.
 */
export function searchLeft(targets: readonly (readonly Goal[])[], table: LoadTable, options: LeftOptions): Left {
  let trials = 0;
  let timeMs = 0;
  const add = (count: number, durationMs: number) => {
    trials += count;
    timeMs += count * durationMs;
  };
  for (const own of targets) {
    const [probe, goal] = [own[0], own.at(-1)];
    if (probe === undefined || goal === undefined) continue;
    const final = relevantBounds(table, goal);
    if (isReached(final, goal, options)) continue;
    const probed = relevantBounds(table, probe);
    if (!isReached(probed, goal, options)) add(halvings(probed, goal, options), probe.finalTrialDurationMs);
    const { finalTrialDurationMs: durationMs } = goal;
    if (final.lowerPps === undefined) add(missing(probed.lowerPps, "lower", table, goal, options), durationMs);
    if (final.upperPps === undefined && probed.lowerPps !== options.maxPps) {
      add(missing(probed.upperPps, "upper", table, goal, options), durationMs);
    }
  }
  return { trials, timeMs };
}

function isReached(bounds: Bounds, { width }: Goal, { minPps, maxPps }: LeftOptions): boolean {
  return (relativeWidth(bounds) ?? 1) <= width || bounds.upperPps === minPps || bounds.lowerPps === maxPps;
}

/** Before there are bounds, forwarding rates make up for most halvings: four trials are what it takes then. */
const WITHOUT_BOUNDS = 4;

function halvings(bounds: Bounds, { width }: Goal, { minPps, maxPps }: LeftOptions): number {
  if (bounds.lowerPps === undefined || bounds.upperPps === undefined) return WITHOUT_BOUNDS;
  const lower = Math.max(minPps, bounds.lowerPps);
  const upper = Math.min(maxPps, bounds.upperPps);
  return Math.max(0, Math.ceil(Math.log2((upper - lower) / upper / width)));
}

/** Trials of the final duration that decide a load where all are alike, less those that it had. */
function missing(
  loadPps: number | undefined,
  side: "lower" | "upper",
  table: LoadTable,
  goal: Goal,
  { overheadMs }: LeftOptions,
): number {
  const eachMs = goal.finalTrialDurationMs + Math.max(0, overheadMs);
  const share = side === "lower" ? 1 - goal.exceedRatio : goal.exceedRatio;
  const hadMs = (loadPps === undefined ? [] : table.at(loadPps))
    .filter((trial) => counts(trial) && isFullLength(trial, goal) && isLossy(trial, goal) === (side === "upper"))
    .reduce((sum, trial) => sum + effectiveMs(trial), 0);
  const neededMs = goal.durationSumMs * share;
  // Lossy time must be more than its share, loss-free time only as much.
  const needed =
    side === "lower" ? Math.ceil((neededMs - hadMs) / eachMs) : Math.floor((neededMs - hadMs) / eachMs) + 1;
  return Math.max(0, needed);
}
