import type { Output, Style } from "../output.ts";
import { clean, columnsOf } from "../text.ts";
import { Canvas, drawBox, type Strokes, strokesOf } from "./canvas.ts";
import { type Graph, type GraphChain, type GraphHop, type GraphNf, switchOf } from "./graph.ts";

/** A part of a chain that fits the width, and is on one host: boxes with the hops before and after each. */
export interface ChainRow {
  /** Undefined in a lab on one. */
  readonly host: string | undefined;
  readonly boxes: readonly ChainBox[];
}

interface ChainBox {
  readonly host: string | undefined;
  readonly x: number;
  readonly width: number;
  readonly lines: readonly string[];
  readonly before: GraphHop | undefined;
  readonly after: GraphHop | undefined;
}

/** Room for two ports in the lower edge. */
const NARROWEST_BOX = 10;
const WIDEST_TEXT = 24;
/** Columns before the first box of a row that goes on from the one above. */
const LEAD = 3;
const SWITCH_GAP = 3;

/** Terminal colours of the datapaths; one without stands in the terminal's own. */
const STYLES: Readonly<Record<string, Style>> = {
  "vhost-user": "cyan",
  "docker-bridge": "yellow",
  macvlan: "green",
  ipvlan: "green",
  overlay: "yellow",
  host: "dim",
  memif: "magenta",
  nic: "bold",
  "af-xdp": "green",
  "ovs-veth": "red",
  vxlan: "magenta",
  geneve: "magenta",
};

/** Whether the widest box of the chain and the hop behind it fit into a row. */
export function fits(chain: GraphChain, output: Output): boolean {
  return boxesOf(chain, output).every(({ width, after }) => LEAD + width + gapOf(after) <= output.width);
}

/** The chain in rows that fit the width, with a new one on every host that it comes to. */
export function chainRows(chain: GraphChain, output: Output): readonly ChainRow[] {
  const rows: ChainBox[][] = [[]];
  let x = 0;
  for (const box of boxesOf(chain, output)) {
    if (x > 0 && (box.before?.between !== undefined || x + box.width + gapOf(box.after) > output.width)) {
      rows.push([]);
      x = LEAD;
    }
    rows.at(-1)?.push({ ...box, x });
    x += box.width + gapOf(box.after);
  }
  return rows.map((boxes) => ({ host: boxes[0]?.host, boxes }));
}

function boxesOf({ nfs, hops }: GraphChain, output: Output): readonly ChainBox[] {
  return nfs.map((nf, index) => {
    const lines = linesOf(nf, output);
    const width = Math.max(NARROWEST_BOX, Math.max(...lines.map(columnsOf)) + 4);
    return { host: nf.host, x: 0, width, lines, before: hops[index - 1], after: hops[index] };
  });
}

function linesOf({ name, kind, cpu }: GraphNf, output: Output): readonly string[] {
  return [name, kind, `CPU ${cpu}`].map((text) => cut(clean(text, output), output));
}

function cut(text: string, { unicode }: Output): string {
  const letters = [...text];
  return letters.length <= WIDEST_TEXT ? text : `${letters.slice(0, WIDEST_TEXT - 1).join("")}${unicode ? "…" : "~"}`;
}

function gapOf(hop: GraphHop | undefined): number {
  if (hop === undefined) return 0;
  return hop.throughSwitch ? SWITCH_GAP : hop.datapath.length + 5;
}

/** Where a box's ways in and out meet its lower edge, if they go through the switch. */
const inPort = ({ x }: ChainBox) => x + 2;
const outPort = ({ x, width }: ChainBox) => x + width - 4;

/** One row: boxes, straight hops between them, and below them the switch where hops go through it. */
export function drawChainRow(
  graph: Pick<Graph, "bothWays" | "switches">,
  { host, boxes }: ChainRow,
  output: Output,
): readonly string[] {
  const canvas = new Canvas();
  const strokes = strokesOf(output);
  for (const box of boxes) {
    drawBox(
      canvas,
      { x: box.x, y: 0, width: box.width },
      box.lines.map((text, index) => (index === 0 ? { text, style: "bold" } : { text })),
      strokes,
    );
  }
  for (const [index, box] of boxes.entries()) {
    drawStraight(canvas, box, index === 0, graph.bothWays, strokes);
  }
  if (boxes.some(({ before, after }) => before?.throughSwitch === true || after?.throughSwitch === true)) {
    drawSwitch(canvas, { host, boxes }, graph, strokes, output);
  }
  return canvas.lines(output);
}

const MIDDLE = 2;

function drawStraight(canvas: Canvas, box: ChainBox, first: boolean, bothWays: boolean, strokes: Strokes): void {
  const { x, width, before, after } = box;
  const back = bothWays ? strokes.left : strokes.across;
  if (first && x > 0 && before !== undefined && !before.throughSwitch) {
    canvas.text(0, MIDDLE, strokes.across.repeat(LEAD - 1) + strokes.right, STYLES[before.datapath]);
    canvas.text(x, MIDDLE, strokes.outLeft);
  }
  if (after === undefined || after.throughSwitch) return;
  const start = x + width;
  const end = start + gapOf(after);
  const style = STYLES[after.datapath];
  canvas.text(start - 1, MIDDLE, strokes.outRight);
  canvas.text(start, MIDDLE, `${back} ${after.datapath} ${strokes.across}${strokes.right}`, style);
  canvas.text(start, MIDDLE - 1, `p${after.from.port}`, "dim");
  canvas.text(end - 2, MIDDLE - 1, `p${after.to.port}`, "dim");
}

/** What a switch carries: of a hop to another host also which. */
function carriedText({ datapath, between }: GraphHop, host: string | undefined): string {
  if (between === undefined) return datapath;
  return between.out === host ? `${datapath} to ${between.in}` : `${datapath} from ${between.out}`;
}

const EDGE = 4;

function drawSwitch(
  canvas: Canvas,
  { host, boxes }: ChainRow,
  graph: Pick<Graph, "bothWays" | "switches">,
  strokes: Strokes,
  output: Output,
): void {
  const [first, last] = [boxes[0], boxes.at(-1)];
  if (first === undefined || last === undefined) return;
  const cpus = (switchOf(graph, host)?.cpus ?? []).join(", ");
  const carried = boxes.flatMap(({ before, after }) =>
    [before, after].flatMap((hop) => (hop?.throughSwitch === true ? [carriedText(hop, host)] : [])),
  );
  const titles = [
    ` switch (OVS-DPDK), CPU ${cpus}: ${[...new Set(carried)].join(", ")} `,
    ` switch, CPU ${cpus} `,
    " switch ",
  ];
  const title = titles.find((text) => columnsOf(text) + 4 <= output.width) ?? "";
  const trailing = last.after?.throughSwitch === true ? SWITCH_GAP : 0;
  const width = Math.max(last.x + last.width + trailing, columnsOf(title) + 4);
  const [top, middle, bottom] = [EDGE + 2, EDGE + 3, EDGE + 4];
  const edge = strokes.across.repeat(width - 2);
  canvas.text(0, top, strokes.topLeft + edge + strokes.topRight);
  canvas.text(0, middle, strokes.down);
  canvas.text(width - 1, middle, strokes.down);
  canvas.text(0, bottom, strokes.bottomLeft + edge + strokes.bottomRight);
  canvas.text(2, bottom, title, "bold");
  const port = (at: number, number: number, arrow: boolean, style: Style | undefined): void => {
    canvas.text(at, EDGE, `p${number}`, "dim");
    canvas.text(at, EDGE + 1, arrow ? strokes.up : strokes.down, style);
    canvas.text(at, top, strokes.outUp);
  };
  for (const [index, box] of boxes.entries()) {
    const { before, after } = box;
    if (after?.throughSwitch === true) {
      const at = outPort(box);
      const style = STYLES[after.datapath];
      port(at, after.from.port, graph.bothWays, style);
      const next = boxes[index + 1];
      const end = next === undefined ? width - 1 : inPort(next);
      canvas.text(at, middle, strokes.bottomLeft + strokes.across.repeat(end - at - 1), style);
      canvas.text(end, middle, next === undefined ? strokes.right : strokes.bottomRight, style);
    }
    if (before?.throughSwitch === true) {
      const at = inPort(box);
      const style = STYLES[before.datapath];
      port(at, before.to.port, true, style);
      if (index === 0)
        canvas.text(0, middle, strokes.right + strokes.across.repeat(at - 1) + strokes.bottomRight, style);
    }
  }
}
