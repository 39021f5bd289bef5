import { GRID, INK, MUTED, PAPER, seriesColour } from "./palette.ts";
import { type Dot, isNarrow } from "./plot.ts";

const FONT = "system-ui, sans-serif";
const TEXT = { fontFamily: FONT, fontSize: 12, color: MUTED.light };

/** What all plots have in common: nothing moves, the page shows through, room for labels is found by itself. */
export function base(widthPx: number, legend: readonly string[] = []) {
  const places = legendPlaces(widthPx, legend);
  return {
    animation: false,
    backgroundColor: "transparent",
    textStyle: TEXT,
    grid: {
      left: 8,
      right: isNarrow(widthPx) ? 18 : 28,
      top: 14 + (places.at(-1)?.top ?? -LEGEND.linePx) + LEGEND.linePx,
      bottom: 6,
      outerBoundsMode: "same",
    },
    // One for each name, at its place: left to itself ECharts puts them side by side by a guess at their widths.
    legend: places.map(({ name, ...place }) => ({
      ...place,
      data: [{ name }],
      padding: 0,
      textStyle: { ...TEXT, color: INK.light },
      itemWidth: LEGEND.markPx,
      itemHeight: 10,
      selectedMode: false,
    })),
  };
}

/** In CSS pixels; `letterPx` is what a letter takes at most on average, since there is no browser here to measure text. */
const LEGEND = { markPx: 22, gapPx: 20, letterPx: 7.2, linePx: 20 } as const;

/** Where the names of a legend stand: in columns as wide as the longest takes. One name alone needs no legend. */
function legendPlaces(widthPx: number, names: readonly string[]) {
  if (names.length < 2) return [];
  const columnPx = Math.ceil(
    LEGEND.markPx + LEGEND.gapPx + LEGEND.letterPx * Math.max(...names.map((name) => name.length)),
  );
  const inLine = Math.max(1, Math.floor(widthPx / columnPx));
  return names.map((name, index) => ({
    name,
    left: 4 + (index % inLine) * columnPx,
    top: 4 + Math.floor(index / inLine) * LEGEND.linePx,
  }));
}

/** What a legend takes of a plot's height beyond one line, so that many names leave as much room for the lines as few. */
export function legendPx(widthPx: number, names: readonly string[]): number {
  return legendPlaces(widthPx, names).at(-1)?.top ?? 0;
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
