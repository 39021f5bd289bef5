import {
  chainsByNf,
  cpuName,
  type Graph,
  type GraphChain,
  type GraphCore,
  type GraphHop,
  type GraphNf,
  switchOf,
} from "./graph.ts";
import { columnOfNfs } from "./layers.ts";
import { columnsOfChains, type GraphColumn, NODE_HEIGHT, trackOf } from "./layout-columns.ts";

/** Where everything of a graph lies, in pixels from the upper left corner. CPUs are lanes one above another, chains run from left to right. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly lanes: readonly Lane[];
  readonly nodes: readonly Node[];
  readonly hops: readonly HopLine[];
  /** The box of the switch, or of those of all hosts, below all lanes. */
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
  /** As `cpuName` says it. */
  readonly cpu: string;
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
/** Between hops that go far, below the lanes and inside of the switch. */
const CORRIDOR = 12;
const SWITCH_CORRIDOR = 6;

/**
 * Lays a graph out. A lane for each CPU has a row for each chain that comes through it; NFs at the same place of their chains share a column, and an NF of
 * several chains is as tall as their rows. Between the columns each hop has tracks of its own to go up and down on, so that lines cross but never run over each
 * other or over an NF.
 *
 * @param top - where the first lane begins, below the title
 */
export function layoutOf(graph: Graph, top: number): Layout {
  const columns = columnsOfChains(graph, MARGIN);
  const places = columnOfNfs(graph);
  const columnOf = (nf: GraphNf | undefined) => places.get(nf?.name ?? "") ?? 0;
  const width = Math.max(NARROWEST, (columns.at(-1)?.end ?? 0) + MARGIN);
  const lanes = lanesOf(graph, top, width - 2 * MARGIN);
  const below = (lanes.at(-1)?.bottom ?? top - LANE_GAP) + LANE_GAP;
  const straight = farHops(graph, columnOf, false);
  const far = farHops(graph, columnOf, true);
  const room = below + CORRIDOR * straight.length;
  const box =
    graph.switches.length === 0
      ? undefined
      : {
          x: MARGIN,
          y: room + LANE_GAP,
          width: width - 2 * MARGIN,
          height: SWITCH_HEIGHT + SWITCH_CORRIDOR * far.length,
        };
  const rowOf = (chain: GraphChain, nf: GraphNf | undefined): number =>
    lanes.find(({ lane }) => nf !== undefined && lane.cpu === cpuName(nf))?.rows.get(chain.name) ?? 0;
  return {
    width,
    height: box === undefined ? room : box.y + box.height + LANE_GAP,
    lanes: lanes.map(({ lane }) => lane),
    nodes: [...chainsByNf(graph.chains)].flatMap(([name, own]) => {
      const [first] = own;
      const nf = first?.nfs.find((candidate) => candidate.name === name);
      if (first === undefined || nf === undefined) return [];
      const rows = own.map((chain) => rowOf(chain, nf));
      const column = columns[columnOf(nf)];
      const [top, bottom] = [Math.min(...rows), Math.max(...rows) + NODE_HEIGHT];
      return [
        {
          nf,
          chain: first.nfs[0] === nf ? first.name : undefined,
          x: column?.x ?? 0,
          y: top,
          width: column?.width ?? 0,
          height: bottom - top,
        },
      ];
    }),
    hops: graph.chains.flatMap((chain) =>
      chain.hops.map((hop, index) => {
        const [from, to] = [chain.nfs[index], chain.nfs[index + 1]];
        const end = (nf: GraphNf | undefined) => ({ row: rowOf(chain, nf), column: columnOf(nf) });
        const inSwitch = box && box.y + SWITCH_DEPTH + SWITCH_CORRIDOR * (far.indexOf(hop) + 1);
        const corridor = straight.includes(hop) ? below + CORRIDOR * (straight.indexOf(hop) + 1) : undefined;
        const depth = hop.throughSwitch ? inSwitch : corridor;
        return hopLine({ chain: chain.name, hop, index, columns, ends: [end(from), end(to)], depth, box });
      }),
    ),
    switch: box,
  };
}

/**
 * Hops that do not lead to the next column: each has a line of its own to go along, inside of the switch or below all lanes.
 */
function farHops(
  { chains }: Graph,
  columnOf: (nf: GraphNf | undefined) => number,
  throughSwitch: boolean,
): readonly GraphHop[] {
  return chains.flatMap(({ nfs, hops }) =>
    hops.filter(
      (hop, index) => hop.throughSwitch === throughSwitch && columnOf(nfs[index + 1]) !== columnOf(nfs[index]) + 1,
    ),
  );
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
    const chains = graph.chains.filter(({ nfs }) => nfs.some((nf) => cpuName(nf) === cpuName(core)));
    // The switch's CPUs are told in its own box.
    if (core.hasSwitch && core.nfs.length === 0 && switchOf(graph, core.host) !== undefined) continue;
    const inner = chains.length * (NODE_HEIGHT + ROW_GAP) - ROW_GAP;
    const height = chains.length === 0 ? EMPTY_LANE : inner + 2 * LANE_PADDING;
    const start = y + LANE_PADDING;
    placed.push({
      lane: { x: MARGIN, y, width, height, cpu: cpuName(core), note: chains.length === 0 ? noteOf(core, graph) : "" },
      bottom: y + height,
      rows: new Map(chains.map(({ name }, index) => [name, start + index * (NODE_HEIGHT + ROW_GAP)])),
    });
    y += height + LANE_GAP;
  }
  return placed;
}

function noteOf({ host, hasSwitch, nfs }: GraphCore, graph: Graph): string {
  return [
    ...(hasSwitch ? [switchOf(graph, host) === undefined ? "switch: no hop goes through it" : "switch"] : []),
    ...nfs.map((name) => `${name}: not started`),
  ].join(", ");
}

interface HopEnd {
  readonly row: number;
  readonly column: number;
}

interface HopPlace {
  readonly chain: string;
  readonly hop: GraphHop;
  readonly index: number;
  readonly columns: readonly GraphColumn[];
  readonly ends: readonly [HopEnd, HopEnd];
  /** Where it goes along below its lanes; undefined if it does not leave them. */
  readonly depth: number | undefined;
  readonly box: Box | undefined;
}

function hopLine({ chain, hop, index, columns, ends: [from, to], depth, box }: HopPlace): HopLine {
  const [source, target] = [columns[from.column], columns[to.column]];
  const start = { x: (source?.x ?? 0) + (source?.width ?? 0), y: from.row + NODE_HEIGHT / 2 };
  const end = { x: target?.x ?? 0, y: to.row + NODE_HEIGHT / 2 };
  const down = source?.tracks.get(trackOf(chain, index, "leave")) ?? start.x;
  const up = columns[to.column - 1]?.tracks.get(trackOf(chain, index, "come")) ?? end.x;
  if (depth !== undefined) {
    const turns = [
      start,
      { x: down, y: start.y },
      { x: down, y: depth },
      { x: up, y: depth },
      { x: up, y: end.y },
      end,
    ];
    const switchPorts = hop.throughSwitch && box !== undefined ? [down, up].map((x) => ({ x, y: box.y })) : [];
    return { chain, hop, points: turns, switchPorts };
  }
  const turns = start.y === end.y ? [] : [start.y, end.y].map((y) => ({ x: up, y }));
  return { chain, hop, points: [start, ...turns, end], switchPorts: [] };
}
