import type { Lab, LabChain, LabHop } from "../lab/lab.ts";
import { meanFrameBytes } from "../topology/frames.ts";
import { endCycles, nfCycles, switchCycles } from "./costs.ts";

/** Something that handles every packet of a chain in its turn, on a CPU. */
export interface Station {
  readonly chain: string;
  /** NF, or `switch`. */
  readonly owner: string;
  readonly cpu: number;
  readonly cyclesPerPacket: number;
  /** Position of the hop that it is part of; the receiving end of hop n is the sending end of hop n + 1. */
  readonly hop: number;
  readonly kind: "generator" | "switch" | "forwarder" | "receiver";
  /** Packets that wait for it at most. */
  readonly ring: number;
}

/** The stations that the packets of a chain pass, in order. */
export function stationsOf(lab: Lab, chain: LabChain): readonly Station[] {
  const hops = lab.hops.filter((hop) => hop.chain === chain.name);
  const bytes = meanFrameBytes(lab.traffic.frames);
  const stations: Station[] = [];
  for (const [index, hop] of hops.entries()) {
    if (index === 0) stations.push(nfStation(lab, chain, hop, index, "generator", bytes));
    if (hop.datapath === "vhost-user") stations.push(switchStation(lab, chain, hop, index, bytes));
    const kind = index === hops.length - 1 ? "receiver" : "forwarder";
    stations.push(nfStation(lab, chain, hop, index, kind, bytes, hops[index + 1]));
  }
  return stations;
}

function nfStation(
  lab: Lab,
  chain: LabChain,
  hop: LabHop,
  index: number,
  kind: "generator" | "forwarder" | "receiver",
  bytes: number,
  next?: LabHop,
): Station {
  const end = kind === "generator" ? hop.from : hop.to;
  const nf = lab.nfs.find(({ name }) => name === end.nf);
  const sent = kind === "generator" ? hop : next;
  const ends =
    (kind === "generator" ? 0 : endCycles(hop, "receive", bytes)) +
    (sent === undefined ? 0 : endCycles(sent, "send", bytes));
  return {
    chain: chain.name,
    owner: end.nf,
    cpu: nf?.workerCpu ?? 0,
    cyclesPerPacket: nfCycles(nf) + ends,
    hop: index,
    kind,
    ring: nf?.ports[end.port]?.queueSize ?? 1024,
  };
}

function switchStation(lab: Lab, chain: LabChain, hop: LabHop, index: number, bytes: number): Station {
  const port = lab.switch?.ports.find(({ nf, port: number }) => nf === hop.from.nf && number === hop.from.port);
  return {
    chain: chain.name,
    owner: "switch",
    cpu: port?.pmdCpu ?? 0,
    cyclesPerPacket: switchCycles(bytes, lab.traffic.flows.count, lab.switch?.ports.length ?? 2),
    hop: index,
    kind: "switch",
    ring: lab.nfs.find(({ name }) => name === hop.from.nf)?.ports[hop.from.port]?.queueSize ?? 1024,
  };
}
