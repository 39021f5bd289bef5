import { columnsOf } from "../text.ts";
import { cpuName, type Graph, type GraphChain } from "./graph.ts";
import { columnOfNfs } from "./layers.ts";

/** Of the box of an NF, in pixels: a name and what it is. */
export const NODE_HEIGHT = 44;
/** Longest text in a box; the rest is cut. */
export const LONGEST_TEXT = 26;

/** Width of a character in pixels, at the size of names and at that of small text: a little more than those of common monospaced fonts. */
const CHARACTER = 8;
const SMALL_CHARACTER = 7;

const NARROWEST_NODE = 72;
const NODE_PADDING = 12;
/** Room beside an NF for the number of its port. */
const PORT_ROOM = 24;
const TRACK = 12;

/** A column of NFs, and the tracks behind it. */
export interface GraphColumn {
  readonly x: number;
  readonly width: number;
  /** Where the tracks behind it lie, by hop and way: see `trackOf`. */
  readonly tracks: ReadonlyMap<string, number>;
  /** Right end of it, tracks included. */
  readonly end: number;
}

/** The columns of all chains, the first of them behind the names of CPUs and chains. */
export function columnsOfChains(graph: Graph, margin: number): readonly GraphColumn[] {
  const { chains, cores, switches } = graph;
  const places = columnOfNfs(graph);
  const cpuText = Math.max(...cores.map((core) => cpuName(core).length), switches.length === 0 ? 0 : "OVS-DPDK".length);
  const chainText = Math.max(0, ...chains.map(({ name }) => columnsOf(name)));
  const count = Math.max(-1, ...places.values()) + 1;
  const tracksBehind = tracksByColumn(chains, places);
  const columns: GraphColumn[] = [];
  let x = margin + cpuText * CHARACTER + 28 + chainText * SMALL_CHARACTER + 14;
  for (let index = 0; index < count; index += 1) {
    const width = Math.max(NARROWEST_NODE, ...chains.flatMap((chain) => nodeWidths(chain, places, index)));
    const first = x + width + PORT_ROOM;
    const own = tracksBehind.get(index) ?? [];
    const tracks = new Map(own.map((id, turn) => [id, first + turn * TRACK] as const));
    const last = index === count - 1;
    const end =
      last && own.length === 0 ? x + width + NODE_PADDING : first + Math.max(0, own.length - 1) * TRACK + PORT_ROOM;
    columns.push({ x, width, tracks, end });
    x = end;
  }
  return columns;
}

function nodeWidths({ nfs }: GraphChain, places: ReadonlyMap<string, number>, index: number): readonly number[] {
  return nfs
    .filter(({ name }) => places.get(name) === index)
    .map(({ name, kind }) => {
      const text = Math.max(columnsOf(name) * CHARACTER, Math.min(columnsOf(kind), LONGEST_TEXT) * SMALL_CHARACTER);
      return text + 2 * NODE_PADDING;
    });
}

/** Name of the track on which a hop leaves the row of its first NF, or comes to that of its second. */
export function trackOf(chain: string, hop: number, way: "leave" | "come"): string {
  return `${chain} ${hop} ${way}`;
}

/**
 * The tracks behind each column. Through the switch a hop goes down right behind its first NF and up right before its second; over a memif, or the like, to
 * another CPU it takes one track, before its second NF; one that does not lead to the next column takes two in any case.
 */
function tracksByColumn(
  chains: readonly GraphChain[],
  places: ReadonlyMap<string, number>,
): ReadonlyMap<number, readonly string[]> {
  const tracks = new Map<number, string[]>();
  const add = (column: number, id: string) => tracks.set(column, [...(tracks.get(column) ?? []), id]);
  for (const { name, nfs, hops } of chains) {
    const ways = hops.map(({ throughSwitch }, index) => {
      const [from, to] = [nfs[index], nfs[index + 1]];
      const [start, end] = [places.get(from?.name ?? "") ?? 0, places.get(to?.name ?? "") ?? 0];
      const leaves = throughSwitch || end !== start + 1;
      return { index, start, end, leaves, comes: leaves || from?.cpu !== to?.cpu || from?.host !== to?.host };
    });
    // Where one hop leaves a row and another comes to it, they do not meet.
    for (const { index, start } of ways.filter(({ leaves }) => leaves)) add(start, trackOf(name, index, "leave"));
    for (const { index, end } of ways.filter(({ comes }) => comes)) add(end - 1, trackOf(name, index, "come"));
  }
  return tracks;
}
