import type { Result } from "../../measure/result.ts";
import { WIDTHS } from "./plot.ts";
import { plotsOf } from "./plots-of.ts";
import { renderPlot } from "./render-plot.ts";

/** A picture as a file of its own. */
export interface PlotFile {
  /** `pktgen-stats-throughput.svg`. */
  readonly name: string;
  readonly svg: string;
}

/** Each plot of a result as an SVG file in the colours of the light scheme, which every viewer shows. */
export function plotFiles(result: Result, name: string): readonly PlotFile[] {
  // A name from a file must not lead out of the directory.
  const safe = name.replace(/[^\w.-]+/g, "-").replace(/^[.-]+/, "");
  const about = `${result.simulated ? "SIMULATED, no real figures: " : ""}${result.topology.name}`;
  return plotsOf(result).map((plot) => ({
    name: `${safe === "" ? "result" : safe}-${plot.id}.svg`,
    svg: `<?xml version="1.0" encoding="UTF-8"?>\n${renderPlot(plot, { widthPx: WIDTHS.wide, idPrefix: plot.id, colours: "fixed", heading: `${about}: ${plot.title}` })}\n`,
  }));
}
