import { median } from "../summary.ts";

/** A line through points, and how steep it could be. */
export interface FittedLine {
  /** Median of the slopes of all pairs of points with different x. */
  readonly slope: number;
  readonly intercept: number;
  /** The middle half of those slopes. */
  readonly slopeLow: number;
  readonly slopeHigh: number;
  /** Largest distance of a point from the line, as a share of the point's own y. */
  readonly worstMiss: number;
}

/**
 * The line of Theil and Sen: up to 29 % of the points may lie anywhere without moving it far, which a least-squares line does not survive. Undefined with fewer than
 * three different x. Source: Sen, Estimates of the regression coefficient based on Kendall's tau, 1968.
 */
export function theilSen(points: readonly (readonly [x: number, y: number])[]): FittedLine | undefined {
  if (new Set(points.map(([x]) => x)).size < 3) return undefined;
  const slopes = points
    .flatMap(([x1, y1], index) =>
      points.slice(index + 1).flatMap(([x2, y2]) => (x1 === x2 ? [] : [(y2 - y1) / (x2 - x1)])),
    )
    .toSorted((a, b) => a - b);
  const slope = median(slopes);
  const intercept = median(points.map(([x, y]) => y - slope * x));
  const quarter = Math.floor(slopes.length / 4);
  return {
    slope,
    intercept,
    slopeLow: slopes[quarter] ?? slope,
    slopeHigh: slopes[slopes.length - 1 - quarter] ?? slope,
    worstMiss: Math.max(...points.map(([x, y]) => Math.abs(intercept + slope * x - y) / Math.abs(y))),
  };
}
