import { throughSwitch } from "../../topology/datapaths.ts";
import { escapeText, html, type Markup, trusted } from "../html/markup.ts";
import { columnsOf, wrap } from "../text.ts";
import { cpuName, GRAPH_CARRIERS, type Graph, type GraphCarrier, graphSummary, wayOf } from "./graph.ts";
import { type Box, type HopLine, type Lane, type Layout, layoutOf, type Node, type Point } from "./layout.ts";
import { LONGEST_TEXT } from "./layout-columns.ts";
import { dashesOf, GRAPH_STYLE } from "./svg-style.ts";

const TITLE_HEIGHT = 64;
const LINE_HEIGHT = 18;
const MARGIN = 16;
/** Pixels of a character of small text. */
const CHARACTER = 7;
const KEY_LINE = 34;

/** A graph as an SVG file of its own: no script, nothing from elsewhere, colours for light and dark pages, and a description for screen readers. */
export function drawSvg(graph: Graph): string {
  const layout = layoutOf(graph, TITLE_HEIGHT);
  const key = keyOf(graph.datapaths, layout);
  const notes = graph.notes.flatMap((note) => wrap(note, Math.floor((layout.width - 2 * MARGIN) / CHARACTER)));
  const height = key.bottom + notes.length * LINE_HEIGHT + MARGIN / 2;
  const width = layout.width;
  return `${
    html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="graph-title graph-desc">
<title id="graph-title">${graph.name}: ${graphSummary(graph)}</title>
<desc id="graph-desc">${descriptionOf(graph)}</desc>
<style>${trusted(GRAPH_STYLE)}</style>
<rect class="g-paper" width="${width}" height="${height}"/>
<text class="g-title" x="${MARGIN}" y="28">${graph.name}</text>
<text class="g-small" x="${MARGIN}" y="47">${graphSummary(graph)}</text>
${layout.lanes.map(laneMarkup)}${layout.switch && switchMarkup(layout.switch, graph)}${layout.hops.map((line) => hopMarkup(line, graph.bothWays))}${layout.nodes.map(nodeMarkup)}${key.markup}${notes.map(
  (note, index) =>
    html`<text class="g-small" x="${MARGIN}" y="${key.bottom + 10 + index * LINE_HEIGHT}">${note}</text>
`,
)}</svg>`.markup
  }\n`;
}

/** The graph in sentences: what the picture shows, for those who do not see it. */
function descriptionOf({ cores, chains, switches }: Graph): string {
  const map = cores.map(
    (core) => `${cpuName(core)}: ${[...(core.hasSwitch ? ["switch"] : []), ...core.nfs].join(", ")}.`,
  );
  const paths = chains.map(({ name, nfs, hops }) => {
    const path = hops
      .map(({ from, to, datapath, between }) => {
        const hosts = between === undefined ? "" : ` from host ${between.out} to ${between.in}`;
        return `${from.nf} to ${to.nf} over ${datapath}${hosts}`;
      })
      .join(", then ");
    return `Chain ${name}: ${path === "" ? nfs.map((nf) => nf.name).join() : path}.`;
  });
  return [
    ...map,
    ...paths,
    ...(switches.length === 0 ? [] : ["Hops over vhost-user, af-xdp and ovs-veth go through the switch."]),
    ...(switches.length < 2 ? [] : ["Hops over vxlan and geneve go through the switches of both hosts."]),
  ].join(" ");
}

function laneMarkup({ x, y, width, height, cpu, note }: Lane): Markup {
  return html`<rect class="g-core" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>
<text class="g-name" x="${x + 12}" y="${y + 24}">${cpu}</text>
${
  note !== "" &&
  html`<text class="g-small" x="${x + 24 + 8 * cpu.length}" y="${y + 24}">${note}</text>
`
}`;
}

function switchMarkup({ x, y, width, height }: Box, { switches }: Graph): Markup {
  const where = switches.map(({ host, cpus }) => `${host === undefined ? "" : `${host}: `}CPU ${cpus.join(", ")}`);
  return html`<rect class="g-switch" x="${x}" y="${y}" width="${width}" height="${height}" rx="8"/>
<text class="g-name" x="${x + 12}" y="${y + 20}">${switches.length > 1 ? "switches" : "switch"}</text>
<text class="g-small" x="${x + 12}" y="${y + 35}">OVS-DPDK</text>
<text class="g-small" x="${x + 12}" y="${y + 50}">${where.join("; ")}</text>
`;
}

function nodeMarkup({ nf, chain, x, y, width, height }: Node): Markup {
  const middle = x + width / 2;
  return html`<g><title>NF ${nf.name}: ${nf.kind}, on ${cpuName(nf)}</title><rect class="g-nf" x="${x}" y="${y}" width="${width}" height="${height}" rx="5"/>
<text class="g-name g-middle" x="${middle}" y="${y + 19}">${nf.name}</text>
<text class="g-small g-middle" x="${middle}" y="${y + 35}">${cut(nf.kind)}</text></g>
${
  chain !== undefined &&
  html`<text class="g-chain" x="${x - 10}" y="${y + height / 2 + 4}">${chain}</text>
`
}`;
}

function cut(text: string): string {
  return columnsOf(text) <= LONGEST_TEXT ? text : `${[...text].slice(0, LONGEST_TEXT - 1).join("")}…`;
}

function hopMarkup({ chain, hop, points, switchPorts }: HopLine, bothWays: boolean): Markup {
  const [start, end] = [points[0], points.at(-1)];
  if (start === undefined || end === undefined) return html``;
  const words = `Chain ${chain}: ${hop.from.nf} p${hop.from.port} to ${hop.to.nf} p${hop.to.port} over ${hop.datapath}${wayOf(hop)}`;
  return html`<g class="g-${hop.datapath}"><title>${words}</title><path class="g-hop" d="${rounded(points)}"${dashes(hop.datapath)}/>
${arrow(end, -1)}${bothWays && arrow(start, 1)}${switchPorts.map(({ x, y }) => html`<rect class="g-port" x="${x - 3.5}" y="${y - 3.5}" width="7" height="7"/>`)}</g>
<text class="g-tiny" x="${start.x + 3}" y="${start.y - 6}">p${hop.from.port}</text><text class="g-tiny g-end" x="${end.x - 4}" y="${end.y - 6}">p${hop.to.port}</text>
`;
}

/** An arrowhead with its tip at a point; `direction` is where its foot lies: -1 to the left, 1 to the right. */
function arrow({ x, y }: Point, direction: -1 | 1): Markup {
  const foot = x + direction * 9;
  return html`<path class="g-head" d="M${x} ${y}L${foot} ${y - 4.5}L${foot} ${y + 4.5}Z"/>`;
}

const dashes = (datapath: GraphCarrier): Markup => {
  const pattern = dashesOf(GRAPH_CARRIERS.indexOf(datapath));
  return trusted(pattern === undefined ? "" : ` stroke-dasharray="${escapeText(pattern)}"`);
};

const RADIUS = 5;

/** A path through the points with rounded corners. */
function rounded(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const [before, after] = [points[index - 1], points[index + 1]];
      if (before === undefined) return `M${point.x} ${point.y}`;
      if (after === undefined) return `L${point.x} ${point.y}`;
      const into = towards(point, before);
      const out = towards(point, after);
      return `L${into.x} ${into.y}Q${point.x} ${point.y} ${out.x} ${out.y}`;
    })
    .join("");
}

function towards(from: Point, to: Point): Point {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const share = Math.min(1, RADIUS / Math.max(1, Math.hypot(dx, dy)));
  return { x: from.x + dx * share, y: from.y + dy * share };
}

function keyText(carrier: GraphCarrier): string {
  if (carrier === "vxlan" || carrier === "geneve") return `${carrier}, between hosts`;
  return throughSwitch(carrier) ? `${carrier}, through the switch` : carrier;
}

/** What the colours and dashes stand for, in as many lines as it takes. */
function keyOf(
  datapaths: readonly GraphCarrier[],
  { width, height }: Layout,
): { readonly markup: Markup; readonly bottom: number } {
  let [x, y] = [MARGIN, height + 10];
  const items = datapaths.map((datapath) => {
    const words = keyText(datapath);
    const itemWidth = KEY_LINE + 8 + words.length * CHARACTER + 20;
    if (x > MARGIN && x + itemWidth > width) [x, y] = [MARGIN, y + LINE_HEIGHT];
    const item = html`<g class="g-${datapath}"><path class="g-hop" d="M${x} ${y}h${KEY_LINE - 6}"${dashes(datapath)}/>${arrow({ x: x + KEY_LINE, y }, -1)}</g><text class="g-small" x="${x + KEY_LINE + 8}" y="${y + 4}">${words}</text>
`;
    x += itemWidth;
    return item;
  });
  return { markup: html`${items}`, bottom: y + LINE_HEIGHT };
}
