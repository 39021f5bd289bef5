import type { Bounds } from "./load-table.ts";
import { relativeWidth } from "./load-table.ts";

/** Intervals are made this much narrower than asked, so that rounding a load does not make them too wide. */
const WIDTH_MARGIN = 0.98;
/** From one step away from a bound to the next. */
const STEP_GROWTH = 4;
/** So often may a forwarding rate choose the load within one target: a system whose rates mislead must not lead far. */
const MAX_GUESSES = 4;
/** A guess nearer to a bound than this share of the width would teach nothing. */
const GUESS_MARGIN = 0.1;

/** Why a load was chosen: a bound of the easier target, a forwarding rate, or neither. */
export type ChosenBy = "hint" | "guess" | "step";

/** What the choice of the next load depends on, beside the bounds of the target. */
export interface Choice {
  readonly minPps: number;
  readonly maxPps: number;
  readonly width: number;
  /** Bounds of the easier target before this one. */
  readonly hints: Bounds;
  /** Where the forwarding rate under overload says that the bounds are; undefined when nothing says so. */
  readonly estimatePps: number | undefined;
  /** What happened within this target so far. */
  readonly history: History;
}

/** How the bounds moved within one target. */
export interface History {
  /** Steps in a row that ended on the same side. */
  readonly run: number;
  /** Whether there have been loads on both sides. */
  readonly turned: boolean;
  readonly side: "lower" | "upper" | undefined;
  readonly guesses: number;
}

export const NO_HISTORY: History = { run: 0, turned: false, side: undefined, guesses: 0 };

export function extend(history: History, side: "lower" | "upper", by: ChosenBy): History {
  const same = history.side === side;
  return {
    run: same && by === "step" ? history.run + 1 : 0,
    turned: history.turned || (history.side !== undefined && !same),
    side,
    guesses: history.guesses + (by === "guess" ? 1 : 0),
  };
}

/**
 * The load to try next for a target, and why; undefined when the target is reached: the interval is narrow enough,
 * all of the highest load passes, or even the lowest load fails. In this order:
 *
 * - the bounds of the easier target, which are probably right;
 * - the two ends of an interval of the final width around the load that the forwarding rate under overload points to;
 * - away from the bound that moved last, in steps that grow from the final width fourfold, as the bound is probably near;
 * - the middle.
 */
export function nextLoad(
  bounds: Bounds,
  choice: Choice,
): { readonly loadPps: number; readonly by: ChosenBy } | undefined {
  const { minPps, maxPps, width, hints, estimatePps, history } = choice;
  const { lowerPps, upperPps } = bounds;
  if ((relativeWidth(bounds) ?? 1) <= width) return undefined;
  if (upperPps === minPps || (lowerPps === maxPps && upperPps === undefined)) return undefined;
  const isOpen = (load: number | undefined, margin = 0): load is number =>
    load !== undefined &&
    load > (lowerPps ?? 0) * (1 + margin) &&
    load < (upperPps ?? Number.POSITIVE_INFINITY) * (1 - margin);
  if (isOpen(hints.lowerPps)) return { loadPps: hints.lowerPps, by: "hint" };
  if (isOpen(hints.upperPps)) return { loadPps: hints.upperPps, by: "hint" };
  if (estimatePps !== undefined && history.guesses < MAX_GUESSES) {
    const around = intervalAround(estimatePps, bounds, width);
    const [low, high] = around.map((load) => clamp(load, minPps, maxPps)) as [number, number];
    if (high === maxPps && isOpen(maxPps)) return { loadPps: maxPps, by: "guess" };
    for (const loadPps of [low, high]) {
      if (isOpen(loadPps, width * GUESS_MARGIN)) return { loadPps, by: "guess" };
    }
  }
  return { loadPps: stepOrSplit(bounds, choice), by: "step" };
}

/**
 * An interval of the final width around an estimate. Where a bound is about there already, perhaps that of another goal, it is an end of the interval:
 * else the two would be a little too far apart, and the middle between them, which is next, the one load where a class is most doubtful.
 */
function intervalAround(estimatePps: number, { lowerPps, upperPps }: Bounds, width: number): readonly [number, number] {
  const shrink = 1 - width * WIDTH_MARGIN;
  const low = estimatePps * (1 - (width * WIDTH_MARGIN) / 2);
  const high = low / shrink;
  const isNear = (bound: number | undefined, end: number): bound is number =>
    bound !== undefined && Math.abs(bound - end) < (end * width) / 2;
  if (isNear(lowerPps, low)) return [lowerPps, lowerPps / shrink];
  if (isNear(upperPps, high)) return [upperPps * shrink, upperPps];
  return [low, high];
}

function stepOrSplit({ lowerPps, upperPps }: Bounds, { minPps, maxPps, width, history }: Choice): number {
  const low = lowerPps ?? minPps;
  const high = upperPps ?? maxPps;
  // Nothing of width is left between the bound and the end of the range that nobody tried yet.
  if (lowerPps === undefined && (upperPps === undefined || (upperPps - minPps) / upperPps <= width)) {
    return upperPps === undefined ? maxPps : minPps;
  }
  if (upperPps === undefined && (maxPps - low) / maxPps <= width) return maxPps;
  const middle = (low + high) / 2;
  const bracketed = lowerPps !== undefined && upperPps !== undefined;
  if (bracketed && history.turned) return middle;
  const step = width * WIDTH_MARGIN * STEP_GROWTH ** history.run;
  if (step >= 1 || history.side === undefined) return middle;
  if (history.side === "upper" && upperPps !== undefined) return Math.max(middle, upperPps * (1 - step));
  if (history.side === "lower" && lowerPps !== undefined) return Math.min(middle, lowerPps / (1 - step));
  return middle;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
