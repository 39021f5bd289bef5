import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from "echarts";
import { INK } from "./palette.ts";

/** Where an interval lies: its two ends along the x axis, and the row of the y axis. */
export interface RowInterval {
  readonly row: number;
  readonly low: number;
  readonly high: number;
}

const CAP = 6;

/** Horizontal intervals as lines with a cap at each end. */
export function intervalSeries(intervals: readonly RowInterval[]) {
  return {
    type: "custom",
    silent: true,
    z: 4,
    data: intervals.map(({ row, low, high }) => [low, high, row]),
    encode: { x: [0, 1], y: 2 },
    renderItem: (_: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) => {
      const [left = 0, y = 0] = api.coord([api.value(0), api.value(2)]);
      const [right = 0] = api.coord([api.value(1), api.value(2)]);
      const line = (x1: number, y1: number, x2: number, y2: number) => ({
        type: "line" as const,
        shape: { x1, y1, x2, y2 },
        style: { stroke: INK.light, lineWidth: 1.5 },
      });
      return {
        type: "group" as const,
        children: [line(left, y, right, y), line(left, y - CAP, left, y + CAP), line(right, y - CAP, right, y + CAP)],
      };
    },
  };
}
