import { chainPorts, type HopEnds } from "../../lab/chain-ports.ts";
import { betweenKind, type Crossing, crossingsOf, hostsOfNfs, isTunnel } from "../../topology/crossing.ts";
import { throughSwitch } from "../../topology/datapaths.ts";
import { type DealtCards, nicDealer } from "../../topology/nic-dealer.ts";
import {
  DATAPATHS,
  type Datapath,
  type NfSpec,
  type NicSpec,
  SWITCH_OWNER,
  type Topology,
  TUNNEL_KINDS,
  type TunnelKind,
} from "../../topology/topology.ts";

/** What there is to draw of a topology: the affinity map, the chains over it, and the switch. Plain data, the same for every kind of drawing. */
export interface Graph {
  readonly name: string;
  /** In the order of their hosts, and of their CPUs. */
  readonly cores: readonly GraphCore[];
  readonly chains: readonly GraphChain[];
  /** One on each host; empty if no hop goes over OVS. */
  readonly switches: readonly GraphSwitch[];
  /** NFs that no chain uses, so that they are not started. */
  readonly idle: readonly string[];
  /** Traffic goes back along the chains as well. */
  readonly bothWays: boolean;
  /** What the hops go over, each once, in the order of the chains. */
  readonly datapaths: readonly GraphCarrier[];
  /** What the drawing leaves out, a sentence each: NFs not started, datapaths compared, values swept. */
  readonly notes: readonly string[];
}

/** What carries packets over a hop: a datapath, or from one host to another a tunnel. */
export type GraphCarrier = Datapath | TunnelKind;

/** All of them: the place of each decides how it looks. */
export const GRAPH_CARRIERS: readonly GraphCarrier[] = [...DATAPATHS, ...TUNNEL_KINDS];

/** A CPU of the affinity map; the switch and NFs may share it. */
export interface GraphCore {
  /** Name of the host that has the CPU; absent in a lab on one. */
  readonly host?: string;
  readonly cpu: number;
  readonly hasSwitch: boolean;
  readonly nfs: readonly string[];
}

/** An NF of a chain. `kind` is its app, or the user's image. */
export interface GraphNf {
  /** As of `GraphCore`. */
  readonly host?: string;
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
  readonly datapath: GraphCarrier;
  readonly throughSwitch: boolean;
  /** The hosts that it goes between, by a tunnel from the switch of one to that of the other; absent within a host. */
  readonly between?: { readonly out: string; readonly in: string };
}

export interface GraphSwitch {
  /** As of `GraphCore`. */
  readonly host?: string;
  /** Of the poll-mode threads, ascending. */
  readonly cpus: readonly number[];
}

/** The drawing of a topology as the file has it, or with another datapath in place of the file's. It needs no host: CPUs are those of the file. */
export function graphOf(topology: Topology, options: { readonly datapath?: Datapath | undefined } = {}): Graph {
  const datapath = options.datapath ?? topology.datapath;
  const order = topology.hosts.map(({ name }) => name);
  const cores = topology.cores
    .map(({ host, cpu, owners }) => ({
      ...(host !== undefined && { host }),
      cpu,
      hasSwitch: owners.includes(SWITCH_OWNER),
      nfs: owners.filter((owner) => owner !== SWITCH_OWNER),
    }))
    .toSorted((a, b) => order.indexOf(a.host ?? "") - order.indexOf(b.host ?? "") || a.cpu - b.cpu);
  const places = hostsOfNfs(topology.cores);
  const deal = nicDealer(topology.nics);
  const crossesHosts = topology.hosts.length > 1;
  const ports = chainPorts(topology.chains);
  const chains = topology.chains.map((chain, place): GraphChain => {
    const crossings = crossingsOf(chain.path, places);
    return {
      name: chain.name,
      nfs: chain.path.map((name) => ({
        ...hostOf(places.get(name)),
        name,
        kind: kindOf(topology.nfs.find((nf) => nf.name === name)),
        cpu: cores.find(({ nfs }) => nfs.includes(name))?.cpu ?? 0,
      })),
      hops: (ports[place] ?? []).map((ends, index) => {
        const crossing = crossings.find((way) => way.index === index);
        const kind = betweenKind(chain, index, topology.between);
        if (crossing !== undefined && isTunnel(kind)) return tunnelOf(ends, crossing, kind);
        // Cards and Docker's networks lead from NF to NF, and the switches that a card may be on are left out.
        if (crossing !== undefined && !isTunnel(kind)) return { ...ends, datapath: kind, throughSwitch: false };
        const carrier = chain.hops[index] ?? datapath;
        return hopOf(
          ends,
          carrier,
          carrier === "nic"
            ? deal(
                crossesHosts ? places.get(ends.from.nf) : undefined,
                crossesHosts ? places.get(ends.to.nf) : undefined,
              )
            : undefined,
        );
      }),
    };
  });
  const hops = chains.flatMap((chain) => chain.hops);
  const used = new Set(topology.chains.flatMap(({ path }) => path));
  const idle = topology.nfs.map(({ name }) => name).filter((name) => !used.has(name));
  return {
    name: topology.name,
    cores,
    chains,
    switches: (order.length < 2 ? [undefined] : order).flatMap((host) => switchOn(host, cores, chains)),
    idle,
    bothWays: topology.traffic.direction === "both",
    datapaths: [...new Set(hops.map((hop) => hop.datapath))],
    notes: [...sharedNotes(chains), ...idleNote(idle), ...notesOf(topology, datapath)],
  };
}

function hostOf(host: string | undefined): { readonly host?: string } {
  return host === undefined ? {} : { host };
}

/** The switch of a host, where a hop of one of its NFs goes through it. */
function switchOn(
  host: string | undefined,
  cores: readonly GraphCore[],
  chains: readonly GraphChain[],
): readonly GraphSwitch[] {
  const used = chains.some(({ nfs, hops }) =>
    hops.some(
      (hop, index) =>
        hop.throughSwitch && [nfs[index], nfs[index + 1]].some((nf) => nf !== undefined && nf.host === host),
    ),
  );
  const own = cores.filter((core) => core.hasSwitch && core.host === host);
  return used ? [{ ...hostOf(host), cpus: own.map(({ cpu }) => cpu) }] : [];
}

/** The switch of a host; undefined where no hop goes through it. */
export function switchOf({ switches }: Pick<Graph, "switches">, host: string | undefined): GraphSwitch | undefined {
  return switches.find((ovs) => ovs.host === host);
}

/** `CPU 1`, or `CPU 1 of a` where hosts have names: another of each CPU. */
export function cpuName({ host, cpu }: Pick<GraphCore, "host" | "cpu">): string {
  return host === undefined ? `CPU ${cpu}` : `CPU ${cpu} of ${host}`;
}

/** The hosts by name, in the order of the cores; a single undefined in a lab on one. */
export function hostsOf({ cores }: Pick<Graph, "cores">): readonly (string | undefined)[] {
  return [...new Set(cores.map(({ host }) => host))];
}

function kindOf(nf: NfSpec | undefined): string {
  return nf?.app ?? nf?.image ?? "";
}

function hopOf(ends: HopEnds, datapath: Datapath, cards: DealtCards<NicSpec> | undefined): GraphHop {
  return {
    ...ends,
    datapath,
    throughSwitch: throughSwitch(datapath) || cards?.out?.attach === "switch" || cards?.in?.attach === "switch",
  };
}

function tunnelOf(ends: HopEnds, { out, in: into }: Crossing, kind: TunnelKind): GraphHop {
  return { ...ends, datapath: kind, throughSwitch: true, between: { out, in: into } };
}

/** What a hop passes besides its carrier, to be said behind its name; empty where it goes straight. */
export function wayOf({ throughSwitch, between }: Pick<GraphHop, "throughSwitch" | "between">): string {
  if (between !== undefined) return `, from host ${between.out} to ${between.in}`;
  return throughSwitch ? ", through the switch" : "";
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
export function graphSummary({ chains, cores, datapaths, bothWays }: Graph): string {
  const hosts = hostsOf({ cores }).filter((host) => host !== undefined);
  const nfs = chainsByNf(chains).size;
  const count = (n: number, word: string) => `${n} ${word}${n === 1 ? "" : "s"}`;
  return `${count(nfs, "NF")} in ${count(chains.length, "chain")}${hosts.length === 0 ? "" : ` on hosts ${hosts.slice(0, -1).join(", ")} and ${hosts.at(-1)}`} over ${datapaths.length === 0 ? "none" : datapaths.join(", ")}${bothWays ? "; traffic both ways" : ""}`;
}
