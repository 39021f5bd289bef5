import { type Plot, WIDTHS } from "../plot/plot.ts";
import { renderPlot } from "../plot/render-plot.ts";
import { dataTable } from "./data-table.ts";
import { html, type Markup, trusted } from "./markup.ts";

/** A plot on a page: one picture for wide screens and paper, one for phones, and its figures as a table to unfold. */
export function figure(plot: Plot, idPrefix: string, heading: "h3" | "h4"): Markup {
  const picture = (kind: keyof typeof WIDTHS) =>
    trusted(
      renderPlot(plot, { widthPx: WIDTHS[kind], idPrefix: `${idPrefix}-${plot.id}-${kind}`, colours: "variables" }),
    );
  const title = html`${plot.title}`;
  return html`${heading === "h3" ? html`<h3>${title}</h3>` : html`<h4>${title}</h4>`}
<figure data-plot="${plot.id}">
<div class="wide">${picture("wide")}</div>
<div class="narrow">${picture("narrow")}</div>
<figcaption>${plot.caption}</figcaption>
</figure>
<details><summary>${plot.title}: the figures</summary>
${dataTable({ label: `${plot.title}: the figures`, ...plot.table })}</details>
`;
}
