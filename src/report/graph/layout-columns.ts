import { columnsOf } from "../text.ts";
import type { Graph, GraphChain } from "./graph.ts";

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
  /** Where the tracks of each chain's hop to the next column lie: down and up through the switch, or one to another lane. */
  readonly tracks: ReadonlyMap<string, readonly number[]>;
  /** Right end of it, tracks included. */
  readonly end: number;
}

/** The columns of all chains, the first of them behind the names of CPUs and chains. */
export function columnsOfChains({ chains, cores, switch: ovs }: Graph, margin: number): readonly GraphColumn[] {
  const cpuText = Math.max(...cores.map(({ cpu }) => `CPU ${cpu}`.length), ovs === undefined ? 0 : "OVS-DPDK".length);
  const chainText = Math.max(0, ...chains.map(({ name }) => columnsOf(name)));
  const longest = Math.max(0, ...chains.map(({ nfs }) => nfs.length));
  const columns: GraphColumn[] = [];
  let x = margin + cpuText * CHARACTER + 28 + chainText * SMALL_CHARACTER + 14;
  for (let index = 0; index < longest; index += 1) {
    const width = Math.max(NARROWEST_NODE, ...chains.map((chain) => nodeWidth(chain, index)));
    let track = x + width + PORT_ROOM;
    const tracks = new Map<string, readonly number[]>();
    for (const chain of chains) {
      const own = Array.from({ length: tracksOf(chain, index) }, (_, turn) => track + turn * TRACK);
      tracks.set(chain.name, own);
      track += own.length * TRACK;
    }
    const last = index === longest - 1;
    const end = last ? x + width + NODE_PADDING : track - ([...tracks.values()].some(isUsed) ? TRACK : 0) + PORT_ROOM;
    columns.push({ x, width, tracks, end });
    x = end;
  }
  return columns;
}

const isUsed = (tracks: readonly number[]) => tracks.length > 0;

function nodeWidth({ nfs }: GraphChain, index: number): number {
  const nf = nfs[index];
  if (nf === undefined) return 0;
  const text = Math.max(columnsOf(nf.name) * CHARACTER, Math.min(columnsOf(nf.kind), LONGEST_TEXT) * SMALL_CHARACTER);
  return text + 2 * NODE_PADDING;
}

/** Two through the switch, one to another CPU, none straight on. */
function tracksOf({ nfs, hops }: GraphChain, index: number): number {
  const hop = hops[index];
  if (hop === undefined) return 0;
  if (hop.throughSwitch) return 2;
  return nfs[index]?.cpu === nfs[index + 1]?.cpu ? 0 : 1;
}
