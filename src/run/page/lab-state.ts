import type { PortRef } from "../../lab/lab.ts";
import type { FoundNf } from "../exporter/found-lab.ts";
import type { LabReading, NfReading } from "../exporter/reading.ts";
import { receiverFiguresAt } from "../figures.ts";
import type { PageChain, PageHop, PageLab, PageNf, PartState } from "./page-state.ts";
import type { Rates } from "./rates.ts";
import { type LatencyCounts, type RecentLatency, recentLatency } from "./recent-latency.ts";

/** A lab for the page, from what it said now and, for rates, a moment ago. */
export function labState(now: LabReading, before: LabReading | undefined, rates: Rates): PageLab {
  const lab = now.lab.name;
  const states = [...now.nfs.map(nfState), ...(now.lab.switch === undefined ? [] : [switchState(now)])];
  const chains = [...new Set(now.lab.nfs.flatMap(({ spec }) => spec.ports.map(({ chain }) => chain)))];
  return {
    name: lab,
    state: overall(states),
    chains: chains.map((chain) => chainState(chain, now, before, rates)),
  };
}

/** What can be said of an NF: one with a control socket has to answer on it. */
export function nfState({ nf, stats }: NfReading): PartState {
  if (!nf.running) return "stopped";
  return nf.spec.controlSocket !== undefined && stats === undefined ? "silent" : "up";
}

/** The same of the lab's switch. */
export function switchState({ lab, switch: ovs }: LabReading): PartState {
  if (lab.switch?.running !== true) return "stopped";
  return ovs === undefined ? "silent" : "up";
}

/** The worst of its parts. */
function overall(states: readonly PartState[]): PartState {
  return states.includes("stopped") ? "stopped" : states.includes("silent") ? "silent" : "up";
}

function chainState(chain: string, now: LabReading, before: LabReading | undefined, rates: Rates): PageChain {
  const lab = now.lab.name;
  const ends = hopsOf(chain, now.lab.nfs);
  const hops = ends.map((hop) => hopState(lab, chain, hop, rates));
  const names = hops.length > 0 ? [hops[0]?.from ?? "", ...hops.map(({ to }) => to)] : [];
  const nfs = names.flatMap((name): readonly PageNf[] => {
    const reading = now.nfs.find(({ nf }) => nf.spec.nf === name);
    if (reading === undefined) return [];
    const { spec } = reading.nf;
    return [{ name, app: spec.app ?? "", cpu: spec.workerCpu, state: nfState(reading) }];
  });
  const last = { nf: names.at(-1) ?? "", port: ends.at(-1)?.port ?? 0 };
  const sentPps = rates.sum("corebed_chain_sent_packets_total", { lab, chain });
  const receivedPps = rates.sum("corebed_chain_received_packets_total", { lab, chain }) ?? hops.at(-1)?.pps;
  const dropped = hops.flatMap(({ droppedPps }) => (droppedPps === undefined ? [] : [droppedPps]));
  return {
    name: chain,
    nfs,
    hops,
    ...(sentPps !== undefined && { sentPps }),
    ...(receivedPps !== undefined && { receivedPps }),
    ...(dropped.length > 0 && { droppedPps: dropped.reduce((sum, pps) => sum + pps, 0) }),
    ...latencyOf(last, now, before),
  };
}

interface Hop {
  readonly hop: number;
  readonly from: string;
  readonly to: string;
  /** The far NF's port. */
  readonly port: number;
  readonly datapath: string;
}

/** The chain's hops in order; one whose other end is gone is left out. */
function hopsOf(chain: string, nfs: readonly FoundNf[]): readonly Hop[] {
  const ports = nfs.flatMap(({ spec }) =>
    spec.ports.filter((port) => port.chain === chain).map((port) => ({ nf: spec.nf, ...port })),
  );
  return ports
    .filter(({ direction }) => direction === "in")
    .flatMap((to): readonly Hop[] => {
      const from = ports.find(({ hop, direction }) => hop === to.hop && direction === "out");
      if (from === undefined) return [];
      return [{ hop: to.hop, from: from.nf, to: to.nf, port: to.index, datapath: to.datapath }];
    })
    .toSorted((a, b) => a.hop - b.hop);
}

function hopState(lab: string, chain: string, { hop, from, to, port, datapath }: Hop, rates: Rates): PageHop {
  const labels = { lab, chain, hop: String(hop) };
  // An image of the user's own counts nothing for us: what was put into its ring is the next best.
  const pps =
    rates.sum("corebed_hop_packets_total", labels) ??
    rates.sum("corebed_switch_port_transmit_packets_total", { ...labels, nf: to, port: String(port) });
  const drops = rates.matching("corebed_hop_dropped_packets_total", labels);
  const known = drops.flatMap(({ labels: { reason = "" }, perSecond }) =>
    perSecond === undefined ? [] : [{ reason, pps: perSecond }],
  );
  return {
    from,
    to,
    datapath,
    ...(pps !== undefined && { pps }),
    ...(known.length > 0 && { droppedPps: known.reduce((sum, { pps }) => sum + pps, 0) }),
    drops: known.filter(({ pps }) => pps > 0).toSorted((a, b) => b.pps - a.pps),
  };
}

function latencyOf(end: PortRef, now: LabReading, before: LabReading | undefined): Partial<RecentLatency> {
  const current = latencyCounts(now, end);
  if (current === undefined || before === undefined) return {};
  return recentLatency(latencyCounts(before, end), current) ?? {};
}

function latencyCounts({ nfs }: LabReading, { nf: name, port }: PortRef): LatencyCounts | undefined {
  const stats = nfs.find(({ nf }) => nf.spec.nf === name)?.stats;
  const figures = stats === undefined ? undefined : receiverFiguresAt(stats, port);
  if (stats === undefined || figures === undefined) return undefined;
  return { trial: stats.trial, count: figures.latencyNs.count, buckets: figures.latencyNs.buckets };
}
