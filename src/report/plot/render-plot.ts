import { BarChart, CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { escapeText } from "../html/markup.ts";
import { COLOURS, INK, PAPER } from "./palette.ts";
import type { Plot } from "./plot.ts";

use([BarChart, CustomChart, LineChart, ScatterChart, GridComponent, LegendComponent, MarkLineComponent, SVGRenderer]);

export interface RenderOptions {
  readonly widthPx: number;
  /** Begins every id in the picture; unlike that of any other on the page. */
  readonly idPrefix: string;
  /** `variables`: colours are CSS variables of the page. `fixed`: those of the light scheme, for a file of its own. */
  readonly colours: "variables" | "fixed";
  /** A line above the plot, for a picture that has no page around it. */
  readonly heading?: string;
}

const HEADING_PX = 30;

/** The plot as an SVG element with a title and a description. The same plot gives the same text. */
export function renderPlot(plot: Plot, { widthPx, idPrefix, colours, heading }: RenderOptions): string {
  const plotPx = plot.heightPx(widthPx);
  const heightPx = plotPx + (heading === undefined ? 0 : HEADING_PX);
  const chart = init(null, null, { renderer: "svg", ssr: true, width: widthPx, height: plotPx });
  let drawn: string;
  let series: readonly Series[];
  try {
    const option = plot.option(widthPx);
    series = Array.isArray(option.series) ? option.series : [];
    chart.setOption(option);
    drawn = chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
  const body = tidied(drawn, series, idPrefix);
  const title = `<title id="${idPrefix}-title">${escapeText(heading ?? plot.title)}</title>`;
  const description = `<desc id="${idPrefix}-desc">${escapeText(plot.description)}</desc>`;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}" viewBox="0 0 ${widthPx} ${heightPx}" role="img" aria-labelledby="${idPrefix}-title" aria-describedby="${idPrefix}-desc">`;
  // A file of its own may be shown on any ground.
  const ground = colours === "fixed" ? `<rect width="${widthPx}" height="${heightPx}" fill="${PAPER.light}"/>\n` : "";
  const svg = `${open}\n${title}\n${description}\n${ground}${heading === undefined ? body : below(heading, body)}\n</svg>`;
  return colours === "fixed" ? svg : withVariables(svg);
}

function below(heading: string, body: string): string {
  const style = "font-size:15px;font-weight:600;font-family:system-ui, sans-serif;";
  const text = `<text x="12" y="21" style="${style}" fill="${INK.light}">${escapeText(heading)}</text>`;
  return `${text}\n<g transform="translate(0 ${HEADING_PX})">\n${body}\n</g>`;
}

/** What is looked at of a series again once it is drawn. */
interface Series {
  readonly type?: string;
  readonly data?: readonly { readonly name?: string }[];
}

/**
 * What ECharts drew, without what is for its own script (marks for hovering, whose names also count the charts of the process), and with dots that say what
 * they are.
 */
function tidied(drawn: string, series: readonly Series[], idPrefix: string): string {
  const shapes = drawn
    .replace(/^<svg[^>]*>\n?/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/<style ?>[\s\S]*?<\/style>/g, "")
    .replace(/ class="zr\d+-cls-\d+"/g, "")
    .replace(/zr\d+-c(\d+)/g, (_, index: string) => `${idPrefix}-clip${index}`)
    .replace(/ pointer-events="visible"/g, "");
  return shapes
    .replace(
      /<path([^>]*?)((?: ecmeta_\w+="[^"]*")+)([^>]*)><\/path>/g,
      (_, before: string, marks: string, after: string) => {
        const dot = dotOf(marks, series);
        const shape = `<path${before}${after}`;
        return dot === undefined ? `${shape}></path>` : `${shape} class="dot"><title>${escapeText(dot)}</title></path>`;
      },
    )
    .replace(/<defs ?>\s*<\/defs>/g, "")
    .replace(/\n{2,}/g, "\n")
    .trim();
}

/** What a drawn dot is, in words; undefined for other shapes. */
function dotOf(marks: string, series: readonly Series[]): string | undefined {
  if (!marks.includes('ecmeta_ssr_type="chart"')) return undefined;
  const place = (name: string) => Number(new RegExp(`ecmeta_${name}="(\\d+)"`).exec(marks)?.[1] ?? "NaN");
  const { type, data } = series[place("series_index")] ?? {};
  return type === "scatter" ? data?.[place("data_index")]?.name : undefined;
}

function withVariables(svg: string): string {
  return COLOURS.reduce((text, { name, light }) => text.replaceAll(`"${light}"`, `"var(--${name})"`), svg);
}
