import { chainPorts, type HopEnds } from "../../lab/chain-ports.ts";
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
  const ports = chainPorts(topology.chains);
  const chains = topology.chains.map(
    (chain, place): GraphChain => ({
      name: chain.name,
      nfs: chain.path.map((name) => ({
        name,
        kind: kindOf(topology.nfs.find((nf) => nf.name === name)),
        cpu: cores.find(({ nfs }) => nfs.includes(name))?.cpu ?? 0,
      })),
      hops: (ports[place] ?? []).map((ends, index) => {
        const carrier = chain.hops[index] ?? datapath;
        return hopOf(ends, carrier, carrier === "nic" ? cards.shift() : undefined);
      }),
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
    notes: [...sharedNotes(chains), ...idleNote(idle), ...notesOf(topology, datapath)],
  };
}

function kindOf(nf: NfSpec | undefined): string {
  return nf?.app ?? nf?.image ?? "";
}

function hopOf(ends: HopEnds, datapath: Datapath, cards: readonly NicSpec[] | undefined): GraphHop {
  return {
    ...ends,
    datapath,
    throughSwitch: throughSwitch(datapath) || (cards?.some(({ attach }) => attach === "switch") ?? false),
  };
}

/** The chains that go through each NF, by its name. */
export function chainsByNf(chains: readonly GraphChain[]): ReadonlyMap<string, readonly GraphChain[]> {
  const all = new Map<string, GraphChain[]>();
  for (const chain of chains) {
    for (const { name } of chain.nfs) all.set(name, [...(all.get(name) ?? []), chain]);
  }
  return all;
}

function sharedNotes(chains: readonly GraphChain[]): readonly string[] {
  return [...chainsByNf(chains)].flatMap(([nf, own]) => {
    const names = own.map(({ name }) => name);
    return own.length < 2 ? [] : [`Chains ${names.slice(0, -1).join(", ")} and ${names.at(-1)} share ${nf}.`];
  });
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
  const nfs = chainsByNf(chains).size;
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;
  return `${count(nfs, "NF")} in ${count(chains.length, "chain")} over ${datapaths.length === 0 ? "none" : datapaths.join(", ")}${bothWays ? "; traffic both ways" : ""}`;
}
