import { type Thread, threadsOf } from "../provision/threads.ts";
import type { NfStats } from "../rpc/nf-control/messages.ts";
import type { PortStats } from "../rpc/openflow/stats.ts";
import type { PmdStats } from "../rpc/ovs-control/pmd-stats-show.ts";
import { type CpuTicks, readCpuTicks } from "./cpu-ticks.ts";
import type { LabControls } from "./live.ts";
import { type PeerCounters, peerCounters } from "./peer-counters.ts";

/** All counters of a lab at one moment, read while nothing flows. */
export interface Sample {
  readonly nfs: ReadonlyMap<string, NfStats>;
  /** By OpenFlow port number; empty without a switch. */
  readonly switchPorts: ReadonlyMap<number, PortStats>;
  readonly pmds: readonly PmdStats[];
  /** Host's end of the veth of an NF's port, by `nf/port`. */
  readonly peers: ReadonlyMap<string, PeerCounters>;
  readonly cpus: ReadonlyMap<number, CpuTicks>;
  readonly threads: ReadonlyMap<number, Thread>;
  /** Whether frames on a bridge pass the host's iptables rules, as Docker sets it; it costs a docker bridge about a third of its rate. */
  readonly bridgeFilter: boolean;
}

/** Reads everything, each source once. */
export async function takeSample(controls: LabControls, signal: AbortSignal): Promise<Sample> {
  const options = { signal };
  const [nfs, ports, pmds, peers, cpus, threads, bridgeFilter] = await Promise.all([
    Promise.all(controls.nfs.map(async ({ nf, control }) => [nf.name, await control.stats(options)] as const)),
    controls.switch?.bridge.portStats(undefined, options) ?? [],
    controls.switch?.control.pmdStats(options) ?? [],
    peerCounters(controls),
    readCpuTicks(controls.host),
    readThreads(controls),
    controls.host.read("/proc/sys/net/bridge/bridge-nf-call-iptables"),
  ]);
  return {
    nfs: new Map<string, NfStats>(nfs),
    switchPorts: new Map(ports.map((port) => [port.port, port])),
    pmds: pmds.filter((pmd) => pmd.thread === "pmd"),
    peers,
    cpus,
    threads,
    bridgeFilter: bridgeFilter?.trim() === "1",
  };
}

async function readThreads(controls: LabControls): Promise<ReadonlyMap<number, Thread>> {
  const pids = [...new Set(controls.live.threads.map((thread) => thread.pid))];
  const all = (await Promise.all(pids.map((pid) => threadsOf(controls.host, pid)))).flat();
  return new Map(all.map((thread) => [thread.tid, thread]));
}
