import { GRID, INK, MUTED, PAPER, seriesColour } from "./palette.ts";
import { type Dot, isNarrow } from "./plot.ts";

const FONT = "system-ui, sans-serif";
const TEXT = { fontFamily: FONT, fontSize: 12, color: MUTED.light };

/** What all plots have in common: nothing moves, the page shows through, room for labels is found by itself. */
export function base(widthPx: number, legend: readonly string[] = []) {
  const lines = legend.length < 2 ? 0 : Math.ceil(legend.length / Math.max(1, Math.floor(widthPx / 170)));
  return {
    animation: false,
    backgroundColor: "transparent",
    textStyle: TEXT,
    grid: { left: 8, right: isNarrow(widthPx) ? 18 : 28, top: 14 + 20 * lines, bottom: 6, outerBoundsMode: "same" },
    ...(legend.length > 1 && {
      legend: {
        top: 0,
        left: 0,
        data: legend.map((name) => ({ name })),
        textStyle: { ...TEXT, color: INK.light },
        itemWidth: 22,
        itemHeight: 10,
        itemGap: 24,
        selectedMode: false,
      },
    }),
  };
}

interface AxisParts {
  /** What is not as usual about its labels. */
  readonly axisLabel?: object;
  readonly [option: string]: unknown;
}

/** An axis of numbers with its name under it. */
export function numberAxis(name: string, widthPx: number, { axisLabel, ...more }: AxisParts = {}) {
  return {
    type: "value",
    name,
    nameLocation: "middle",
    nameGap: 28,
    nameTextStyle: TEXT,
    splitNumber: isNarrow(widthPx) ? 4 : 6,
    axisLabel: { ...TEXT, hideOverlap: true, ...axisLabel },
    axisLine: { show: true, lineStyle: { color: MUTED.light } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: GRID.light } },
    ...more,
  };
}

/** The same upright, its name above it. */
export function uprightAxis(name: string, widthPx: number, more: AxisParts = {}) {
  return numberAxis(name, widthPx, { nameGap: isNarrow(widthPx) ? 38 : 44, nameRotate: 90, ...more });
}

/** Dots of trials. `colour` is that of their arm. Crowded ones are small and have no edge, which would hide those beneath. */
export function dotSeries(name: string, dots: readonly Dot[], colour: string, crowded = false) {
  return {
    type: "scatter",
    name,
    silent: true,
    z: 5,
    symbolSize: crowded ? 5 : 9,
    data: dots.map(({ x, y, title, hollow }) => ({
      value: [x, y],
      name: title,
      itemStyle: {
        color: hollow ? PAPER.light : colour,
        borderColor: hollow ? colour : PAPER.light,
        borderWidth: crowded && !hollow ? 0 : 1.5,
        opacity: 1,
      },
    })),
  };
}

const DASHES = ["solid", [7, 4], [2, 3], [9, 3, 2, 3]] as const;

/** A line of an arm: colour and dashes tell it from the others, on grey paper too. */
export function lineSeries(
  name: string,
  points: readonly (readonly [number | string, number])[],
  index: number,
  more: object = {},
) {
  const colour = seriesColour(index);
  return {
    type: "line",
    name,
    silent: true,
    symbol: "none",
    data: points,
    itemStyle: { color: colour },
    lineStyle: { color: colour, width: 2, type: DASHES[index % DASHES.length] },
    ...more,
  };
}
