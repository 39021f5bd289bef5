import type { Result } from "../../measure/result.ts";
import { burstRows } from "./burst-rows.ts";
import { latencyCurve } from "./latency-curve.ts";
import { lossPoints } from "./loss-points.ts";
import type { Plot } from "./plot.ts";
import { ratioIntervals } from "./ratio-intervals.ts";
import { soakSeries } from "./soak-series.ts";
import { sweepLines } from "./sweep-lines.ts";
import { throughputBars } from "./throughput-bars.ts";

/** The plots that a result has something for, the most telling first. */
export function plotsOf(result: Result): readonly Plot[] {
  const lines = sweepLines(result);
  const plots = [
    ...(lines.length > 0 ? lines : [throughputBars(result)]),
    ratioIntervals(result),
    ...soakSeries(result),
    burstRows(result),
    lossPoints(result),
    latencyCurve(result),
  ];
  return plots.filter((plot) => plot !== undefined);
}
