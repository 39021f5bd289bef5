import { median } from "../summary.ts";
import { classifyLoad, counts, effectiveMs, isLossy } from "./classify.ts";
import { counted } from "./counted.ts";
import type { Goal } from "./goal.ts";
import { goalResult } from "./goal-result.ts";
import type { LoadTable } from "./load-table.ts";
import { loadTable, relevantBounds } from "./load-table.ts";
import type { MethodOf } from "./method.ts";
import type { History } from "./next-load.ts";
import { extend, NO_HISTORY, nextLoad } from "./next-load.ts";
import type { SearchOutcome } from "./outcome.ts";
import type { MethodOptions } from "./progress.ts";
import { roundLoad } from "./round-load.ts";
import { searchLeft } from "./search-left.ts";
import type { Measure, SearchTrial } from "./search-trial.ts";
import { targetsOf } from "./targets.ts";

/** What a search may not go beyond. */
export type SearchLimits = Omit<MethodOf<"search">, "kind" | "goals">;

/** The search gives up after this many trials in a row that were cut short or disturbed. */
const UNUSABLE_IN_A_ROW = 5;

/**
 * Throughput search by multiple loss ratios (MLRsearch, RFC 9971): for each goal an interval of loads, of at most the goal's width, whose lower end
 * meets the goal and whose upper end does not. All goals share all trials.
 *
 * It begins with a warm-up at the highest load, whose loss decides nothing and whose forwarding rate says where to begin. Every goal is then approached
 * in targets (`targetsOf`), all goals at one target before any at the next. Which load is next is told at `nextLoad`; a load is tried until it is decided.
 *
 * How many trials it takes, against plain bisection from the highest load down with the same goal, range, width and rules of classification (warm-up
 * not counted, as bisection too would need one):
 *
 * - A system that passes every load up to its capacity and none above, and forwards at its capacity when overloaded: never more trials of any length,
 *   whatever the goal.
 * - The same, but with any forwarding rate under overload: never more trials of the final duration; and never more trials of any length where a load
 *   takes several trials (`csit`, `quick`). Where a load takes one or two (`rfc2544`, `tst009`) up to eight more, all of them probes of the initial
 *   duration: bisection is then the shortest search that there is, so any probe that teaches nothing is one trial more. The sum of durations is a tenth.
 * - A noisy system: fewer in the mean.
 *
 * @returns what was found, in every case: where a bound on trials or time ends the search, the intervals that it has. Rejects only with what `measure` rejects with.
 */
export async function mlrSearch(
  goals: readonly Goal[],
  limits: SearchLimits,
  measure: Measure,
  options: MethodOptions = {},
): Promise<SearchOutcome> {
  const session = counted(measure, options);
  const table = loadTable();
  const targets = goals.map(targetsOf);
  const width = Math.min(...goals.map((goal) => goal.width));
  const { minLoadPps: minPps, maxTrials, maxTotalMs } = limits;
  let maxPps = Math.max(minPps, limits.maxLoadPps ?? minPps);
  let unusableInARow = 0;
  let overheadMs = 0;
  let end: SearchOutcome["end"] | undefined;

  const warmupMs = Math.min(...goals.map((goal) => goal.initialTrialDurationMs));
  const intervals = () =>
    goals.map((goal) => {
      const { lowerPps, upperPps } = relevantBounds(table, goal);
      return { goal: goal.name, lowerPps, upperPps, finished: goalResult(goal, table, range()).finished };
    });
  const range = () =>
    ({ minPps, maxPps, maxLoadFrom: limits.maxLoadPps === undefined ? "generator" : "asked" }) as const;
  const left = () => searchLeft(targets, table, { minPps, maxPps, overheadMs });

  const warmup = await session.measure({
    loadPps: limits.maxLoadPps === undefined ? "max" : maxPps,
    durationMs: warmupMs,
    purpose: "warm-up",
  });
  // A rounding upwards would ask for more than the generator can send, and its lack would count as loss.
  if (limits.maxLoadPps === undefined) maxPps = Math.max(minPps, roundLoad(warmup.sentPps * (1 - width / 100), width));
  if (warmup.offered === 0 || warmup.sentPps <= 0) end = "no-traffic";
  session.report(left, intervals);

  /** One trial for a goal; false where none may be begun any more. */
  const tryLoad = async (loadPps: number, target: Goal): Promise<boolean> => {
    const durationMs = target.finalTrialDurationMs;
    if (session.trials() >= maxTrials) end = "trial-limit";
    else if (session.timeMs() + durationMs + overheadMs > maxTotalMs) end = "time-limit";
    if (end !== undefined) return false;
    const trial = await session.measure({ loadPps, durationMs, purpose: target.name });
    table.add(loadPps, trial);
    overheadMs = effectiveMs(trial) - trial.durationMs;
    session.report(left, intervals);
    unusableInARow = counts(trial) ? 0 : unusableInARow + 1;
    if (unusableInARow >= UNUSABLE_IN_A_ROW) end = "unusable-trials";
    return true;
  };

  /** Brings one goal to one target. */
  const reach = async (target: Goal, easier: Goal | undefined): Promise<void> => {
    let history: History = NO_HISTORY;
    while (end === undefined) {
      const bounds = relevantBounds(table, target);
      const next = nextLoad(bounds, {
        minPps,
        maxPps,
        width: target.width,
        hints: easier === undefined ? NO_BOUNDS : relevantBounds(table, easier),
        estimatePps: easier === undefined ? estimate(table, target, bounds.upperPps, warmup) : undefined,
        history,
      });
      if (next === undefined) return;
      const loadPps = Math.min(maxPps, Math.max(minPps, roundLoad(next.loadPps, width)));
      const side = await decide(loadPps, target);
      if (side === undefined) return;
      history = extend(history, side, next.by);
    }
  };

  /** Tries a load until it is decided. */
  const decide = async (loadPps: number, target: Goal): Promise<"lower" | "upper" | undefined> => {
    for (;;) {
      const loadClass = classifyLoad(table.at(loadPps), target);
      if (loadClass !== "undecided") return loadClass;
      if (!(await tryLoad(loadPps, target))) return undefined;
    }
  };

  // Where all of the highest load passed, one class of one load is probably all that there is to find.
  for (const goal of goals) {
    if (end === undefined && warmup.usable && !isLossy(warmup, goal)) await decide(maxPps, goal);
  }
  const levels = Math.max(...targets.map(({ length }) => length));
  for (let toGo = levels; toGo >= 1; toGo -= 1) {
    for (const own of targets) {
      const target = own.at(-toGo);
      if (target !== undefined && own.length >= toGo) await reach(target, own.at(-toGo - 1));
    }
  }
  // A trial for one goal may have changed what a load is for another.
  while (end === undefined && !intervals().every(({ finished }) => finished)) {
    for (const [index, goal] of goals.entries()) await reach(goal, targets[index]?.at(-2));
  }
  const results = goals.map((goal) => goalResult(goal, table, range()));
  return {
    kind: "search",
    end: end ?? "found",
    goals: results,
    minLoadPps: minPps,
    maxLoadPps: maxPps,
    maxLoadFrom: range().maxLoadFrom,
    warmupTrial: warmup.trial,
    trials: session.trials(),
    trialTimeMs: session.timeMs(),
  };
}

const NO_BOUNDS = { lowerPps: undefined, upperPps: undefined };

/**
 * Where the load that just meets a goal is, by what was forwarded at the lowest load that fails it, or else in the warm-up: a system that forwards at
 * its capacity loses the goal's loss ratio at the capacity / (1 - that ratio).
 */
function estimate(table: LoadTable, goal: Goal, upperPps: number | undefined, warmup: SearchTrial): number | undefined {
  const lossy =
    upperPps === undefined ? [] : table.at(upperPps).filter((trial) => counts(trial) && isLossy(trial, goal));
  const rates = lossy.map(({ forwardingPps }) => forwardingPps);
  const rate = rates.length > 0 ? median(rates) : warmup.forwardingPps;
  return rate > 0 ? rate / (1 - goal.lossRatio) : undefined;
}
