/** Line charts as plain data: where lines go inside of a box of 300 x 100. Knows nothing of the page. */

export const WIDTH = 300;
export const HEIGHT = 100;
/** Points further apart than this are not joined: nobody read in between. */
const GAP_MS = 4_000;
/** What the charts go back. */
export const SPAN_MS = 180_000;

/** The next round number that all values fit under; 1 if there is nothing. */
export function ceilingOf(values) {
  const highest = Math.max(0, ...values.filter((value) => value !== undefined));
  if (highest === 0) return 1;
  const decade = 10 ** Math.floor(Math.log10(highest));
  return (
    [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * decade).find((edge) => edge >= highest * 0.999) ?? highest
  );
}

/** The `d` of a path through the points `{at, value}` up to the time `now`; it is interrupted where values are missing. */
export function linePath(points, now, ceiling) {
  let path = "";
  let last;
  for (const { at, value } of points) {
    if (value === undefined || at < now - SPAN_MS) {
      last = undefined;
      continue;
    }
    const x = (WIDTH * (1 - (now - at) / SPAN_MS)).toFixed(1);
    const y = (HEIGHT * (1 - Math.min(1, value / ceiling))).toFixed(1);
    const joined = last !== undefined && at - last <= GAP_MS;
    // A point of its own is a line of no length, which round ends make a dot.
    path += joined ? `L${x} ${y}` : `M${x} ${y}h0`;
    last = at;
  }
  return path;
}

/** Points of both without doubles, oldest first, none older than the charts go back. */
export function mergePoints(ours, theirs, now) {
  const byTime = new Map([...ours, ...theirs].map((point) => [point.at, point]));
  return [...byTime.values()].filter(({ at }) => at > now - SPAN_MS).sort((a, b) => a.at - b.at);
}

/** At most so many of the points, evenly, the last one among them: for a table that one can read. */
export function thinned(points, most) {
  const step = Math.max(1, Math.ceil(points.length / most));
  return points.filter((_, index) => (points.length - 1 - index) % step === 0);
}
