/** A colour of a plot in both schemes; `name` is the CSS variable that holds it on a page. */
export interface Colour {
  readonly name: string;
  readonly light: string;
  readonly dark: string;
}

const colour = (name: string, light: string, dark: string): Colour => ({ name, light, dark });

/** Text and axes. */
export const INK = colour("plot-ink", "#1c2530", "#e6eaf0");
/** Labels of axes. */
export const MUTED = colour("plot-muted", "#4f5b6a", "#aab4c2");
export const GRID = colour("plot-grid", "#d9dfe7", "#333d4a");
/** What the plot lies on: dots have an edge of it, so that they stay apart. */
export const PAPER = colour("plot-paper", "#fdfefe", "#171d26");
/** Bars: light enough for dots on them to be seen. */
export const BAR = colour("plot-bar", "#9dc3e6", "#2f6393");

/** Lines and dots of arms, in the order of the arms: told apart by those who see few colours too, the first ones best. */
export const SERIES: readonly Colour[] = [
  colour("plot-1", "#0b5cad", "#6cb2ff"),
  colour("plot-2", "#b45309", "#f2a65a"),
  colour("plot-3", "#0f766f", "#4fd1c5"),
  colour("plot-4", "#9d174d", "#ff8cc6"),
  colour("plot-5", "#5b21b6", "#c4a1ff"),
  colour("plot-6", "#4d7c0f", "#a3d95f"),
  colour("plot-7", "#b91c1c", "#ff8f87"),
  colour("plot-8", "#6b5b3e", "#d0b48c"),
];

/** Every colour that a plot can have. */
export const COLOURS: readonly Colour[] = [INK, MUTED, GRID, PAPER, BAR, ...SERIES];

/** Declarations of all colours for one scheme, for a style sheet. */
export function colourVariables(scheme: "light" | "dark"): string {
  return COLOURS.map((one) => `--${one.name}:${one[scheme]}`).join(";");
}

/** The colour of the series at a place; they come round again after eight. */
export function seriesColour(index: number): string {
  return (SERIES[index % SERIES.length] ?? INK).light;
}
