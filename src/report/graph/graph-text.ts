import type { Output } from "../output.ts";
import { paint } from "../output.ts";
import { clean, columnsOf, hanging, wrap } from "../text.ts";
import { Canvas, drawBox, strokesOf } from "./canvas.ts";
import { chainRows, drawChainRow, fits } from "./chain-drawing.ts";
import { type Graph, type GraphChain, type GraphCore, graphSummary, hostsOf, wayOf } from "./graph.ts";

/** Widest text in the box of a core before its owners go on in the next line. */
const CORE_TEXT = 24;

/** A graph for a terminal: the affinity map as boxes, then each chain with its hops. As wide as the output at most, and ASCII where it has no more. */
export function drawText(graph: Graph, output: Output): string {
  const title = `${graph.name}: ${graphSummary(graph)}`;
  const sections = [
    hanging("", title, output).map((line) => paint("bold", line, output)),
    ...hostsOf(graph).map((host) => [
      ...(host === undefined ? [] : [paint("bold", clean(`Host ${host}`, output), output)]),
      ...coreMap(
        graph.cores.filter((core) => core.host === host),
        output,
      ),
    ]),
    ...graph.chains.map((chain) => chainLines(graph, chain, output)),
    graph.notes.flatMap((note) => hanging("", note, output)),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

/** What a core's box says: its owners, a few in a line. */
function ownersText({ hasSwitch, nfs }: GraphCore): string {
  return [...(hasSwitch ? ["switch"] : []), ...nfs].join(", ");
}

/** The cores side by side, in as many rows as it takes. */
function coreMap(cores: readonly GraphCore[], output: Output): readonly string[] {
  const canvas = new Canvas();
  const strokes = strokesOf(output);
  const boxes = cores.map((core) => {
    const title = `CPU ${core.cpu}`;
    const room = Math.max(1, Math.min(CORE_TEXT, output.width - 4));
    const lines = wrap(clean(ownersText(core), output), room);
    return { title, lines, width: Math.max(columnsOf(title) + 2, ...lines.map(columnsOf)) + 4 };
  });
  let [x, y, tallest] = [0, 0, 0];
  for (const { title, lines, width } of boxes) {
    if (x > 0 && x + width > output.width) [x, y, tallest] = [0, y + tallest, 0];
    drawBox(
      canvas,
      { x, y, width, title },
      lines.map((text) => ({ text })),
      strokes,
    );
    x += width + 1;
    tallest = Math.max(tallest, lines.length + 2);
  }
  return canvas.lines(output);
}

function chainLines(graph: Graph, chain: GraphChain, output: Output): readonly string[] {
  const title = paint("bold", clean(`Chain ${chain.name}`, output), output);
  if (!fits(chain, output)) return [title, ...hopList(chain, graph.bothWays, output)];
  const rows = chainRows(chain, output);
  return [
    title,
    ...rows.flatMap((row, index) => {
      const on =
        row.host !== undefined && row.host !== rows[index - 1]?.host ? [clean(`on host ${row.host}`, output)] : [];
      return [...on, ...drawChainRow(graph, row, output)];
    }),
  ];
}

/** Each hop in words, for an output that is too narrow for boxes. */
function hopList({ hops }: GraphChain, bothWays: boolean, output: Output): readonly string[] {
  const arrow = bothWays ? "<->" : "->";
  return hops.flatMap((hop) => {
    const { from, to, datapath } = hop;
    const text = `${from.nf} p${from.port} ${arrow} p${to.port} ${to.nf}: ${datapath}${wayOf(hop)}`;
    return hanging("  ", text, output);
  });
}
