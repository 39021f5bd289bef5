import { observationsOfArm } from "./compare-arms.ts";
import { descriptorOf } from "./descriptor.ts";
import type { Arm, Result } from "./result.ts";
import { changePoints, type Group } from "./statistics/change-points.ts";
import { comparability } from "./statistics/comparability.ts";
import { median } from "./summary.ts";

/** One result's figure in a series. */
export interface HistoryItem {
  readonly startedAt: string;
  readonly corebedVersion: string;
  /** Median over its trials. */
  readonly throughputPps: number;
  readonly trials: number;
}

/** Results of one arm of one topology that can be set against each other, in the order of time. */
export interface Series {
  readonly topology: string;
  readonly arm: string;
  readonly hostname: string;
  readonly items: readonly HistoryItem[];
  /** Where it changed: groups of items that are best described as one. */
  readonly groups: readonly Group[];
}

interface Point {
  readonly result: Result;
  readonly arm: Arm;
  readonly values: readonly number[];
}

/**
 * Sorts results into series: same topology, same arm, and nothing between any two of them that would make a ratio meaningless (another kind of host, other
 * traffic, another method). Simulated results are no history of anything.
 */
export function seriesOf(results: readonly Result[]): readonly Series[] {
  const points = results
    .filter(({ simulated, kind }) => !simulated && kind !== "calibrate")
    .flatMap((result) =>
      result.arms.map((arm): Point => ({ result, arm, values: observationsOfArm(arm).map(({ value }) => value) })),
    )
    .filter(({ values }) => values.length > 0)
    .toSorted((a, b) => a.result.startedAt.localeCompare(b.result.startedAt));
  const series: Point[][] = [];
  for (const point of points) {
    const fitting = series.find(([first]) => first !== undefined && belongTogether(first, point));
    if (fitting) fitting.push(point);
    else series.push([point]);
  }
  return series.map(describe);
}

function belongTogether(a: Point, b: Point): boolean {
  if (a.result.topology.name !== b.result.topology.name || a.arm.name !== b.arm.name) return false;
  if (a.result.host.hostname !== b.result.host.hostname) return false;
  const differences = comparability(descriptorOf(a.result, a.arm), descriptorOf(b.result, b.arm));
  return differences.every(({ severity }) => severity !== "refuse");
}

function describe(points: readonly Point[]): Series {
  const [first] = points;
  return {
    topology: first?.result.topology.name ?? "",
    arm: first?.arm.name ?? "",
    hostname: first?.result.host.hostname ?? "",
    items: points.map(({ result, values }) => ({
      startedAt: result.startedAt,
      corebedVersion: result.corebedVersion,
      throughputPps: median(values),
      trials: values.length,
    })),
    groups: changePoints(points.map(({ values }) => values)),
  };
}
