import { clean, columnsOf } from "../text.ts";
import { intervalSeries, type RowInterval } from "./interval-series.ts";
import { base, dotSeries, numberAxis } from "./look.ts";
import { BAR, INK, MUTED, SERIES } from "./palette.ts";
import { type Dot, isNarrow } from "./plot.ts";

/** One row of a plot of rows: a bar or a point with its interval, and the dots that it comes from. */
export interface Row {
  readonly label: string;
  /** The value in words; it stands under the label. */
  readonly text: string;
  /** Undefined where nothing was measured: the row stays empty. */
  readonly value: number | undefined;
  readonly interval: { readonly low: number; readonly high: number } | undefined;
  /** Their `y` does not matter. */
  readonly dots: readonly Dot[];
}

const ROW_PX = 52;
/** Mean width of a letter, with some to spare. */
const LETTER_PX = 7;
/** Room for dots above each other in a row. */
const SPREAD_PX = 26;
/** More dots than these in a row lie on each other. */
const MOST_APART = 12;
/** For the dots of all rows: those of many trials must not hide the bar. */
const DOT_COLOUR = SERIES[0]?.light ?? INK.light;

export function rowsHeightPx(rows: readonly Row[]): number {
  return ROW_PX * rows.length + 56;
}

/** Rows from the top, bars from zero, dots spread over the height of their row in the order of the trials. */
export function barRows(rows: readonly Row[], axis: string, widthPx: number) {
  return {
    ...base(widthPx),
    xAxis: numberAxis(axis, widthPx, { min: 0 }),
    yAxis: rowAxis(rows, widthPx),
    series: [
      {
        type: "bar",
        silent: true,
        barWidth: 30,
        data: rows.map(({ value }) => value ?? null),
        itemStyle: { color: BAR.light },
      },
      intervalSeries(intervalsOf(rows)),
      dotsOf(rows),
    ],
  };
}

/** The labels of the rows, each with its value under it. */
export function rowAxis(rows: readonly Row[], widthPx: number) {
  const longest = Math.max(0, ...rows.flatMap(({ label, text }) => [columnsOf(label), columnsOf(text)]));
  const width = Math.min(LETTER_PX * longest, isNarrow(widthPx) ? 112 : 240);
  return {
    type: "category",
    inverse: true,
    data: rows.map(
      ({ label, text }) => `{name|${shortened(plain(label), width)}}\n{value|${shortened(plain(text), width)}}`,
    ),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: MUTED.light } },
    axisLabel: {
      interval: 0,
      width,
      rich: {
        name: { color: INK.light, fontSize: 12, lineHeight: 17, align: "right", width },
        value: { color: MUTED.light, fontSize: 12, lineHeight: 17, align: "right", width },
      },
    },
  };
}

/** Without what ECharts takes for a mark of its own. */
function plain(text: string): string {
  return clean(text, { unicode: true }).replace(/[{}|]/g, " ");
}

function shortened(text: string, widthPx: number): string {
  const letters = [...text];
  const most = Math.max(4, Math.floor(widthPx / LETTER_PX));
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join("")}\u2026`;
}

export function intervalsOf(rows: readonly Row[]): readonly RowInterval[] {
  return rows.flatMap(({ interval }, row) => (interval ? [{ row, low: interval.low, high: interval.high }] : []));
}

function dotsOf(rows: readonly Row[]) {
  const dots = rows.flatMap(({ dots }, row) => dots.map((dot) => ({ ...dot, y: row })));
  const offsets = rows.flatMap(({ dots }) =>
    dots.map((_, index) => ((index + 0.5) / dots.length - 0.5) * (dots.length === 1 ? 0 : SPREAD_PX)),
  );
  const crowded = rows.some(({ dots }) => dots.length > MOST_APART);
  const series = dotSeries("trials", dots, DOT_COLOUR, crowded);
  return { ...series, data: series.data.map((item, index) => ({ ...item, symbolOffset: [0, offsets[index] ?? 0] })) };
}
