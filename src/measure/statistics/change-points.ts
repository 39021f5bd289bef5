import { segmentCosts } from "./description-length.ts";

/** What a group of results is against the one before it. */
export type Direction = "progression" | "regression" | "normal";

/** Results that follow each other and are best described as one. */
export interface Group {
  /** Place of its first item in the history, from 0. */
  readonly start: number;
  /** Items in it. */
  readonly length: number;
  /** Mean of the items' means. */
  readonly mean: number;
  /** Standard deviation of the items' means; 0 for one item. */
  readonly stdev: number;
  /** Against the group before: its mean higher (progression), lower (regression), or, for the first and for a change of the spread only, normal. */
  readonly direction: Direction;
}

export interface ChangePointOptions {
  /** Changes of the mean smaller than this share of it are called normal. */
  readonly smallestChange?: number;
}

/**
 * Where a history of results changed its level, by minimum description length: of all ways to cut it into groups, each normal with a mean and a spread of
 * its own, the one that describes the history in the fewest bits. The idea is that of CSIT's jumpavg; the code length here is the normal mixture of
 * `segmentCosts`, which needs no threshold. Multiplying all samples by a number changes no group. Higher is taken to be better.
 *
 * Items are results, in the order of time, each with its samples; an item counts once however many it has, as samples of one result share its luck, and one
 * without samples is in the group around it. It knows nothing of phases: on a host that runs at two levels for days, it finds the days. O(items^2).
 */
export function changePoints(
  history: readonly (readonly number[])[],
  { smallestChange = 0.01 }: ChangePointOptions = {},
): readonly Group[] {
  const items = history.flatMap((samples, index) => (samples.length === 0 ? [] : [{ index, mean: meanOf(samples) }]));
  if (items.length === 0) return [];
  const means = items.map(({ mean }) => mean);
  const starts = cheapestStarts(means, standardError(history));
  const groups = starts.map((first, place) => {
    const next = starts[place + 1] ?? items.length;
    const inside = means.slice(first, next);
    const start = place === 0 ? 0 : (items[first]?.index ?? 0);
    const end = items[next]?.index ?? history.length;
    return { start, length: end - start, mean: meanOf(inside), stdev: Math.sqrt(varianceOf(inside)) };
  });
  return groups.map((group, place) => ({
    ...group,
    direction: directionOf(groups[place - 1]?.mean, group.mean, smallestChange),
  }));
}

/** The cheapest cut of the first n items, for n = 1, 2, ...: its last group is one of n, and before that it is the cheapest of fewer (dynamic programming). */
function cheapestStarts(means: readonly number[], error: number): readonly number[] {
  const cost = segmentCosts(means, error);
  const cheapest = [0];
  const lastStart = [0];
  for (let end = 1; end <= means.length; end++) {
    let [least, start] = [Number.POSITIVE_INFINITY, 0];
    for (let first = 0; first < end; first++) {
      const bits = (cheapest[first] ?? 0) + cost(first, end);
      if (bits < least) [least, start] = [bits, first];
    }
    cheapest.push(least);
    lastStart.push(start);
  }
  const starts: number[] = [];
  for (let end = means.length; end > 0; end = lastStart[end] ?? 0) starts.unshift(lastStart[end] ?? 0);
  return starts;
}

function directionOf(before: number | undefined, mean: number, smallestChange: number): Direction {
  if (before === undefined || Math.abs(mean - before) <= smallestChange * Math.abs(before)) return "normal";
  return mean > before ? "progression" : "regression";
}

/** Of an item's mean, from how the samples scatter inside the items; 0 where no item has two. */
function standardError(history: readonly (readonly number[])[]): number {
  const several = history.filter((samples) => samples.length > 1);
  if (several.length === 0) return 0;
  return Math.sqrt(meanOf(several.map((samples) => varianceOf(samples) / samples.length)));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Unbiased; 0 for one value. */
function varianceOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
