import type { Criterion } from "./classify.ts";
import { classifyLoad } from "./classify.ts";
import type { SearchTrial } from "./search-trial.ts";

/** Relevant bounds of a goal; either may be unknown. */
export interface Bounds {
  readonly lowerPps: number | undefined;
  readonly upperPps: number | undefined;
}

/** Every trial of a search by its load. What is known of a goal is always computed from all of them. */
export interface LoadTable {
  readonly add: (loadPps: number, trial: SearchTrial) => void;
  /** The trials at a load, in the order they ran. */
  readonly at: (loadPps: number) => readonly SearchTrial[];
  /** The loads that were tried, ascending. */
  readonly loads: () => readonly number[];
}

export function loadTable(): LoadTable {
  const trials = new Map<number, SearchTrial[]>();
  let loads: number[] = [];
  return {
    add: (loadPps, trial) => {
      const known = trials.get(loadPps);
      if (known !== undefined) {
        known.push(trial);
        return;
      }
      trials.set(loadPps, [trial]);
      loads = [...loads, loadPps].sort((a, b) => a - b);
    },
    at: (loadPps) => trials.get(loadPps) ?? [],
    loads: () => loads,
  };
}

/**
 * Relevant bounds (RFC 9971): the smallest upper bound, and the largest lower bound below it. A lower bound above the smallest upper bound is a loss
 * inversion, and does not count.
 */
export function relevantBounds(table: LoadTable, criterion: Criterion): Bounds {
  let lowerPps: number | undefined;
  for (const load of table.loads()) {
    const loadClass = classifyLoad(table.at(load), criterion);
    if (loadClass === "upper") return { lowerPps, upperPps: load };
    if (loadClass === "lower") lowerPps = load;
  }
  return { lowerPps, upperPps: undefined };
}

/** (upper - lower) / upper; undefined without both. */
export function relativeWidth({ lowerPps, upperPps }: Bounds): number | undefined {
  return lowerPps === undefined || upperPps === undefined ? undefined : (upperPps - lowerPps) / upperPps;
}
