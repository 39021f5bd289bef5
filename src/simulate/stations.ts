import { controlledApp, type Lab, type LabChain, type LabHop } from "../lab/lab.ts";
import { passesSwitch, turned } from "../lab/nic.ts";
import { onSharedMemory } from "../lab/shared-memory.ts";
import { meanFrameBytes } from "../topology/frames.ts";
import { SWITCH_OWNER } from "../topology/topology.ts";
import { endCycles, nfCycles, switchCycles, switchPasses } from "./costs.ts";

/** Something that handles every packet of a chain in its turn, on a CPU. */
export interface Station {
  /** NF, or `switch`. */
  readonly owner: string;
  readonly cpu: number;
  readonly cyclesPerPacket: number;
  /** Position of the hop that it is part of; the receiving end of hop n is the sending end of hop n + 1. */
  readonly hop: number;
  readonly kind: "generator" | "switch" | "forwarder" | "receiver";
  /** Packets that wait for it at most. */
  readonly ring: number;
  /** A full ring in front of it holds the generator back, so that nothing is lost there. */
  readonly holdsBack: boolean;
  /** It gives its CPU to others when it has nothing to do, and from time to time; what does not keeps it for its time slice. */
  readonly yields: boolean;
  /** Share of the packets that it drops because its rules say so. */
  readonly ruleShare: number;
  /** The most that the hop to it lets through; absent without a limit. */
  readonly limitPps?: number;
}

/** One direction of a chain, with its hops turned into the direction of its packets. */
export interface Route {
  readonly chain: LabChain;
  readonly direction: "forward" | "reverse";
  readonly hops: readonly LabHop[];
}

/** All routes of a lab: one for each chain and direction of its traffic. */
export function routesOf(lab: Lab): readonly Route[] {
  return lab.chains.flatMap((chain): readonly Route[] => {
    const hops = lab.hops.filter((hop) => hop.chain === chain.name);
    const forward: Route = { chain, direction: "forward", hops };
    if (lab.traffic.direction === "one") return [forward];
    return [forward, { chain, direction: "reverse", hops: hops.toReversed().map(turned) }];
  });
}

/** The stations that the packets of a route pass, in order. */
export function stationsOf(
  lab: Lab,
  { chain, hops, direction }: Route,
  ruleShareOf: (nf: string) => number = () => 0,
): readonly Station[] {
  const bytes = meanFrameBytes(lab.traffic.frames);
  const [alone = ""] = chain.path;
  if (hops.length === 0) return [nfStation(lab, 0, "generator", undefined, undefined, bytes, 0, alone)];
  const stations = hops.flatMap((hop, index): readonly Station[] => [
    ...(index === 0 ? [nfStation(lab, index, "generator", undefined, hop, bytes, 0)] : []),
    ...(passesSwitch(hop) ? [switchStation(lab, hop, index, bytes)] : []),
    index === hops.length - 1
      ? nfStation(lab, index, "receiver", hop, undefined, bytes, 0)
      : nfStation(lab, index, "forwarder", hop, hops[index + 1], bytes, ruleShareOf(hop.to.nf)),
  ]);
  // Limits hold in the chain's own direction; what is over one never comes to the NF behind the hop.
  return direction === "reverse" ? stations : stations.map((station) => limited(station, hops[station.hop], bytes));
}

function limited(station: Station, hop: LabHop | undefined, frameBytes: number): Station {
  const isBehind = station.kind === "forwarder" || station.kind === "receiver";
  if (!isBehind || hop?.limit === undefined) return station;
  return { ...station, limitPps: hop.limit.rateBps / (8 * frameBytes) };
}

function nfStation(
  lab: Lab,
  hop: number,
  kind: "generator" | "forwarder" | "receiver",
  from: LabHop | undefined,
  to: LabHop | undefined,
  bytes: number,
  ruleShare: number,
  alone = "",
): Station {
  const end = from?.to ?? to?.from;
  const nf = lab.nfs.find(({ name }) => name === (end?.nf ?? alone));
  // What lies in the NF's own buffers already needs no copy out of the ring.
  const lent = nf?.ports.some(({ zeroCopy }) => zeroCopy === true) === true;
  const ends =
    (from === undefined ? 0 : endCycles(from, "receive", lent ? 0 : bytes)) +
    (to === undefined ? 0 : endCycles(to, "send", bytes));
  return {
    owner: end?.nf ?? alone,
    cpu: nf?.workerCpu ?? 0,
    cyclesPerPacket: nfCycles(nf, kind, lab.traffic.flows.count) + ends,
    hop,
    kind,
    ring: nf?.ports[end?.port ?? 0]?.queueSize ?? 1024,
    // The generator's own ring leads to this NF.
    holdsBack: hop === 0 && from?.datapath === "memif",
    yields: nf !== undefined && controlledApp(nf) !== undefined,
    ruleShare,
  };
}

function switchStation(lab: Lab, route: LabHop, hop: number, bytes: number): Station {
  const ports = lab.switch?.ports ?? [];
  // A card's own end has no NF behind it: the port at the other end tells whose CPU it is.
  const from = ports.some(({ nf, port }) => nf === route.from.nf && port === route.from.port) ? route.from : route.to;
  return {
    owner: SWITCH_OWNER,
    cpu: ports.find(({ nf, port }) => nf === from.nf && port === from.port)?.queueCpus[0] ?? 0,
    cyclesPerPacket: switchPasses(route) * switchCycles(route.datapath, bytes, lab.traffic.flows.count, ports.length),
    hop,
    kind: "switch",
    ring: lab.nfs.find(({ name }) => name === from.nf)?.ports[from.port]?.queueSize ?? 1024,
    // A full virtio ring holds its generator back; the kernel drops what finds no room in a socket.
    holdsBack: hop === 0 && onSharedMemory(route),
    yields: (lab.switch?.settings.pmdMaxSleepUs ?? 0) > 0,
    ruleShare: 0,
  };
}
