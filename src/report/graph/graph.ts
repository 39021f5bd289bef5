import { nicPairs } from "../../lab/nic.ts";
import { throughSwitch } from "../../topology/datapaths.ts";
import { type Datapath, type NfSpec, type NicSpec, SWITCH_OWNER, type Topology } from "../../topology/topology.ts";

/** What there is to draw of a topology: the affinity map, the chains over it, and the switch. Plain data, the same for every kind of drawing. */
export interface Graph {
  readonly name: string;
  /** In the order of their CPUs. */
  readonly cores: readonly GraphCore[];
  readonly chains: readonly GraphChain[];
  /** Undefined if no hop goes over OVS. */
  readonly switch: GraphSwitch | undefined;
  /** NFs that no chain uses, so that they are not started. */
  readonly idle: readonly string[];
  /** Traffic goes back along the chains as well. */
  readonly bothWays: boolean;
  /** The datapaths of the hops, each once, in the order of the chains. */
  readonly datapaths: readonly Datapath[];
  /** What the drawing leaves out, a sentence each: NFs not started, datapaths compared, values swept. */
  readonly notes: readonly string[];
}

/** A CPU of the affinity map; the switch and NFs may share it. */
export interface GraphCore {
  readonly cpu: number;
  readonly hasSwitch: boolean;
  readonly nfs: readonly string[];
}

/** An NF of a chain. `kind` is its app, or the user's image. */
export interface GraphNf {
  readonly name: string;
  readonly kind: string;
  readonly cpu: number;
}

/** NFs in order, and one hop less. */
export interface GraphChain {
  readonly name: string;
  readonly nfs: readonly GraphNf[];
  readonly hops: readonly GraphHop[];
}

/** From a port of one NF to a port of the next, through the switch or straight. */
export interface GraphHop {
  readonly from: { readonly nf: string; readonly port: number };
  readonly to: { readonly nf: string; readonly port: number };
  readonly datapath: Datapath;
  readonly throughSwitch: boolean;
}

export interface GraphSwitch {
  /** Of the poll-mode threads, ascending. */
  readonly cpus: readonly number[];
}

/** The drawing of a topology as the file has it, or with another datapath in place of the file's. It needs no host: CPUs are those of the file. */
export function graphOf(topology: Topology, options: { readonly datapath?: Datapath | undefined } = {}): Graph {
  const datapath = options.datapath ?? topology.datapath;
  const cores = topology.cores
    .map(({ cpu, owners }) => ({
      cpu,
      hasSwitch: owners.includes(SWITCH_OWNER),
      nfs: owners.filter((owner) => owner !== SWITCH_OWNER),
    }))
    .toSorted((a, b) => a.cpu - b.cpu);
  const cards = [...nicPairs(topology)];
  const chains = topology.chains.map(
    (chain): GraphChain => ({
      name: chain.name,
      nfs: chain.path.map((name) => ({
        name,
        kind: kindOf(topology.nfs.find((nf) => nf.name === name)),
        cpu: cores.find(({ nfs }) => nfs.includes(name))?.cpu ?? 0,
      })),
      hops: chain.hops.map((own, index) =>
        hopOf(chain.path, index, own ?? datapath, (own ?? datapath) === "nic" ? cards.shift() : undefined),
      ),
    }),
  );
  const hops = chains.flatMap((chain) => chain.hops);
  const used = new Set(topology.chains.flatMap(({ path }) => path));
  const idle = topology.nfs.map(({ name }) => name).filter((name) => !used.has(name));
  return {
    name: topology.name,
    cores,
    chains,
    switch: hops.some(({ throughSwitch }) => throughSwitch)
      ? { cpus: cores.filter(({ hasSwitch }) => hasSwitch).map(({ cpu }) => cpu) }
      : undefined,
    idle,
    bothWays: topology.traffic.direction === "both",
    datapaths: [...new Set(hops.map((hop) => hop.datapath))],
    notes: [...idleNote(idle), ...notesOf(topology, datapath)],
  };
}

function kindOf(nf: NfSpec | undefined): string {
  return nf?.app ?? nf?.image ?? "";
}

/** The first NF of a chain has only a way out (port 0); every other takes its way in as port 0 and its way out as port 1. */
function hopOf(
  path: readonly string[],
  index: number,
  datapath: Datapath,
  cards: readonly NicSpec[] | undefined,
): GraphHop {
  return {
    from: { nf: path[index] ?? "", port: index === 0 ? 0 : 1 },
    to: { nf: path[index + 1] ?? "", port: 0 },
    datapath,
    throughSwitch: throughSwitch(datapath) || (cards?.some(({ attach }) => attach === "switch") ?? false),
  };
}

function idleNote(idle: readonly string[]): readonly string[] {
  if (idle.length === 0) return [];
  return [`Not started, since no chain goes through ${idle.length === 1 ? "it" : "them"}: ${idle.join(", ")}.`];
}

function notesOf({ compare, sweep }: Topology, drawn: Datapath): readonly string[] {
  const others = (compare?.datapaths ?? []).filter((datapath) => datapath !== drawn);
  return [
    ...(others.length === 0 ? [] : [`Drawn over ${drawn}; corebed compare measures ${others.join(", ")} as well.`]),
    ...(sweep ?? []).map(
      ({ parameter, values }) => `corebed sweep tries ${parameter} ${values.map((value) => text(value)).join(", ")}.`,
    ),
  ];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `2 NFs in 1 chain over vhost-user`: the graph in a few words. */
export function graphSummary({ chains, datapaths, bothWays }: Graph): string {
  const nfs = chains.reduce((sum, chain) => sum + chain.nfs.length, 0);
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;
  return `${count(nfs, "NF")} in ${count(chains.length, "chain")} over ${datapaths.length === 0 ? "none" : datapaths.join(", ")}${bothWays ? "; traffic both ways" : ""}`;
}
