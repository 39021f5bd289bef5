import type { EChartsCoreOption } from "echarts/core";
import type { Column } from "../table.ts";

/** A plot as data: what to draw, and the same in words and as a table for those who cannot see it. */
export interface Plot {
  /** Unlike that of any other plot of the result, and good for a file name: "throughput". */
  readonly id: string;
  readonly title: string;
  /** What there is to see, with the figures. */
  readonly description: string;
  /** How to read it: what bars, lines and dots are. */
  readonly caption: string;
  readonly table: PlotTable;
  /** Height in CSS pixels at a width. */
  readonly heightPx: (widthPx: number) => number;
  /** What ECharts is to draw at a width in CSS pixels. */
  readonly option: (widthPx: number) => EChartsCoreOption;
}

/** The figures of a plot. */
export interface PlotTable {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/** One trial, or one interval of it, as a dot. */
export interface Dot {
  readonly x: number;
  readonly y: number;
  /** What it is, in words; shown when the pointer rests on it. */
  readonly title: string;
  /** Drawn as a ring: it is in no figure. */
  readonly hollow: boolean;
}

/** Widths that plots are made for, in CSS pixels: a page on a screen or on paper, and a phone. */
export const WIDTHS = { wide: 760, narrow: 340 } as const;

/** Whether a plot is for a phone: fewer ticks, labels in shorter lines. */
export function isNarrow(widthPx: number): boolean {
  return widthPx < 500;
}
