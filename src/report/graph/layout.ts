import type { Graph, GraphChain, GraphCore, GraphHop, GraphNf } from "./graph.ts";
import { columnsOfChains, type GraphColumn, NODE_HEIGHT } from "./layout-columns.ts";

/** Where everything of a graph lies, in pixels from the upper left corner. CPUs are lanes one above another, chains run from left to right. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly lanes: readonly Lane[];
  readonly nodes: readonly Node[];
  readonly hops: readonly HopLine[];
  /** The box of the switch, below all lanes. */
  readonly switch: Box | undefined;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A CPU with its NFs. `note` says what is on a CPU that no chain goes through; empty for others. */
export interface Lane extends Box {
  readonly cpu: number;
  readonly note: string;
}

/** An NF; `chain` is the chain's name if it is the first of it. */
export interface Node extends Box {
  readonly nf: GraphNf;
  readonly chain: string | undefined;
}

/** A hop as a line with right angles, from one NF's right edge to the next one's left edge. */
export interface HopLine {
  readonly chain: string;
  readonly hop: GraphHop;
  readonly points: readonly Point[];
  /** Where it goes in and out of the switch; empty if it does not. */
  readonly switchPorts: readonly Point[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const MARGIN = 16;
const LANE_GAP = 10;
const LANE_PADDING = 14;
const ROW_GAP = 16;
const EMPTY_LANE = 40;
const SWITCH_HEIGHT = 58;
/** How far a hop reaches into the switch. */
const SWITCH_DEPTH = 20;
const NARROWEST = 480;

/**
 * Lays a graph out. A lane for each CPU has a row for each chain that comes through it; NFs at the same place of their chains share a column. Between the
 * columns each hop has tracks of its own to go up and down on, so that lines cross but never run over each other or over an NF.
 *
 * @param top - where the first lane begins, below the title
 */
export function layoutOf(graph: Graph, top: number): Layout {
  const columns = columnsOfChains(graph, MARGIN);
  const width = Math.max(NARROWEST, (columns.at(-1)?.end ?? 0) + MARGIN);
  const lanes = lanesOf(graph, top, width - 2 * MARGIN);
  const below = (lanes.at(-1)?.bottom ?? top - LANE_GAP) + LANE_GAP;
  const box =
    graph.switch === undefined
      ? undefined
      : { x: MARGIN, y: below + LANE_GAP, width: width - 2 * MARGIN, height: SWITCH_HEIGHT };
  const rowOf = (chain: GraphChain, nf: GraphNf | undefined): number =>
    lanes.find(({ lane }) => lane.cpu === nf?.cpu)?.rows.get(chain.name) ?? 0;
  return {
    width,
    height: box === undefined ? below : box.y + box.height + LANE_GAP,
    lanes: lanes.map(({ lane }) => lane),
    nodes: graph.chains.flatMap((chain) =>
      chain.nfs.map((nf, index) => ({
        nf,
        chain: index === 0 ? chain.name : undefined,
        x: columns[index]?.x ?? 0,
        y: rowOf(chain, nf),
        width: columns[index]?.width ?? 0,
        height: NODE_HEIGHT,
      })),
    ),
    hops: graph.chains.flatMap((chain) =>
      chain.hops.map((hop, index) => {
        const ends = [rowOf(chain, chain.nfs[index]), rowOf(chain, chain.nfs[index + 1])] as const;
        return hopLine(chain.name, hop, columns, index, ends, box);
      }),
    ),
    switch: box,
  };
}

interface PlacedLane {
  readonly lane: Lane;
  readonly bottom: number;
  /** Upper edge of the NFs of each chain. */
  readonly rows: ReadonlyMap<string, number>;
}

function lanesOf(graph: Graph, top: number, width: number): readonly PlacedLane[] {
  const placed: PlacedLane[] = [];
  let y = top;
  for (const core of graph.cores) {
    const chains = graph.chains.filter(({ nfs }) => nfs.some(({ cpu }) => cpu === core.cpu));
    // The switch's CPUs are told in its own box.
    if (core.hasSwitch && core.nfs.length === 0 && graph.switch !== undefined) continue;
    const inner = chains.length * (NODE_HEIGHT + ROW_GAP) - ROW_GAP;
    const height = chains.length === 0 ? EMPTY_LANE : inner + 2 * LANE_PADDING;
    const start = y + LANE_PADDING;
    placed.push({
      lane: { x: MARGIN, y, width, height, cpu: core.cpu, note: chains.length === 0 ? noteOf(core, graph) : "" },
      bottom: y + height,
      rows: new Map(chains.map(({ name }, index) => [name, start + index * (NODE_HEIGHT + ROW_GAP)])),
    });
    y += height + LANE_GAP;
  }
  return placed;
}

function noteOf({ hasSwitch, nfs }: GraphCore, graph: Graph): string {
  return [
    ...(hasSwitch ? [graph.switch === undefined ? "switch: no hop goes through it" : "switch"] : []),
    ...nfs.map((name) => `${name}: not started`),
  ].join(", ");
}

function hopLine(
  chain: string,
  hop: GraphHop,
  columns: readonly GraphColumn[],
  index: number,
  [fromRow, toRow]: readonly [number, number],
  box: Box | undefined,
): HopLine {
  const [from, to] = [columns[index], columns[index + 1]];
  const start = { x: (from?.x ?? 0) + (from?.width ?? 0), y: fromRow + NODE_HEIGHT / 2 };
  const end = { x: to?.x ?? 0, y: toRow + NODE_HEIGHT / 2 };
  const [down = 0, up = down] = from?.tracks.get(chain) ?? [];
  if (hop.throughSwitch && box !== undefined) {
    const depth = box.y + SWITCH_DEPTH;
    const turns = [
      start,
      { x: down, y: start.y },
      { x: down, y: depth },
      { x: up, y: depth },
      { x: up, y: end.y },
      end,
    ];
    return { chain, hop, points: turns, switchPorts: [down, up].map((x) => ({ x, y: box.y })) };
  }
  const turns = start.y === end.y ? [] : [start.y, end.y].map((y) => ({ x: down, y }));
  return { chain, hop, points: [start, ...turns, end], switchPorts: [] };
}
