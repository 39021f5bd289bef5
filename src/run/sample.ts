import { type Thread, threadsOf } from "../provision/threads.ts";
import type { NfStats } from "../rpc/nf-control/messages.ts";
import type { PortStats } from "../rpc/openflow/stats.ts";
import type { PmdStats } from "../rpc/ovs-control/pmd-stats-show.ts";
import { type CpuTicks, readCpuTicks } from "./cpu-ticks.ts";
import { type ForeignCounters, foreignInterfaces } from "./foreign-interfaces.ts";
import { readFrequencies } from "./hygiene/frequencies.ts";
import { type Interrupts, readInterrupts } from "./hygiene/interrupts.ts";
import { type Placement, placementOf } from "./hygiene/placement.ts";
import { readTxRetries } from "./hygiene/tx-retries.ts";
import type { DrivenLab, LabControls } from "./live.ts";
import { type OverLimit, readOverLimit } from "./over-limit.ts";
import { type PeerCounters, peerCounters } from "./peer-counters.ts";

/** All counters of a lab at one moment, read while nothing flows. */
export interface Sample {
  readonly nfs: ReadonlyMap<string, NfStats>;
  /** By OpenFlow port number; empty without a switch. */
  readonly switchPorts: ReadonlyMap<number, PortStats>;
  /** What policers, meters and queues dropped because there was more than may pass; absent where no hop is limited. */
  readonly overLimit?: OverLimit;
  readonly pmds: readonly PmdStats[];
  /** Host's end of the veth of an NF's port, by `nf/port`. */
  readonly peers: ReadonlyMap<string, PeerCounters>;
  readonly cpus: ReadonlyMap<number, CpuTicks>;
  readonly threads: ReadonlyMap<number, Thread>;
  /** Whether frames on a bridge pass the host's iptables rules, as Docker sets it; it costs a docker bridge about a third of its rate. */
  readonly bridgeFilter: boolean;
  /** Counters of the interfaces of NFs that have no control socket, by `nf/port`. */
  readonly interfaces: ReadonlyMap<string, ForeignCounters>;
  readonly interrupts: Interrupts;
  /** In MHz, of the CPUs of the affinity map that show it. */
  readonly frequencies: ReadonlyMap<number, number>;
  /** Which PMD polls which queue; empty without a switch. */
  readonly placement: Placement;
  /** How often OVS tried again to hand packets to each port's ring, as it last reported: up to five seconds ago. */
  readonly txRetries: ReadonlyMap<string, number>;
  /** When it was taken, on the clock of `performance.now()`. */
  readonly takenAtMs: number;
}

/** All counters of a lab at one moment, on its one host or on all of them. */
export interface LabSample {
  /** What chains are counted by, of all hosts: what belongs to a machine (CPUs, threads, PMDs) is of the first alone. */
  readonly whole: Sample;
  /** As `DrivenLab.hosts`. */
  readonly hosts: readonly Sample[];
}

/** Reads everything on every host of a lab, at the same time. */
export async function takeSamples({ hosts }: Pick<DrivenLab, "hosts">, signal: AbortSignal): Promise<LabSample> {
  const samples = await Promise.all(hosts.map(({ controls }) => takeSample(controls, signal)));
  return { whole: merged(samples), hosts: samples };
}

/** NFs, their ports and the numbers of switch ports are in one host's sample each. */
function merged(samples: readonly Sample[]): Sample {
  const [first] = samples;
  if (first === undefined) throw new Error("internal: a lab without a host");
  if (samples.length === 1) return first;
  const union = <K, V>(of: (sample: Sample) => ReadonlyMap<K, V> | undefined): ReadonlyMap<K, V> =>
    new Map(samples.flatMap((sample) => [...(of(sample) ?? [])]));
  return {
    ...first,
    nfs: union(({ nfs }) => nfs),
    switchPorts: union(({ switchPorts }) => switchPorts),
    peers: union(({ peers }) => peers),
    interfaces: union(({ interfaces }) => interfaces),
    ...(samples.some(({ overLimit }) => overLimit !== undefined) && {
      overLimit: {
        policed: union(({ overLimit }) => overLimit?.policed),
        metered: union(({ overLimit }) => overLimit?.metered),
        shaped: union(({ overLimit }) => overLimit?.shaped),
      },
    }),
  };
}

/** Reads everything on one host, each source once. */
export async function takeSample(controls: LabControls, signal: AbortSignal): Promise<Sample> {
  const options = { signal };
  const takenAtMs = performance.now();
  const [
    nfs,
    ports,
    pmds,
    peers,
    cpus,
    threads,
    bridgeFilter,
    interfaces,
    interrupts,
    frequencies,
    queues,
    txRetries,
    overLimit,
  ] = await Promise.all([
    Promise.all(controls.nfs.map(async ({ nf, control }) => [nf.name, await control.stats(options)] as const)),
    controls.switch?.bridge.portStats(undefined, options) ?? [],
    controls.switch?.control.pmdStats(options) ?? [],
    peerCounters(controls),
    readCpuTicks(controls.host),
    readThreads(controls),
    controls.host.read("/proc/sys/net/bridge/bridge-nf-call-iptables"),
    foreignInterfaces(controls),
    readInterrupts(controls.host),
    readFrequencies(
      controls.host,
      controls.lab.cpus.owners.map(({ cpu }) => cpu),
    ),
    controls.switch?.control.pmdQueues(options) ?? [],
    readTxRetries(controls),
    readOverLimit(controls, signal),
  ]);
  return {
    nfs: new Map<string, NfStats>(nfs),
    switchPorts: new Map(ports.map((port) => [port.port, port])),
    pmds: pmds.filter((pmd) => pmd.thread === "pmd"),
    peers,
    cpus,
    threads,
    bridgeFilter: bridgeFilter?.trim() === "1",
    interfaces,
    interrupts,
    frequencies,
    placement: placementOf(queues),
    txRetries,
    ...(overLimit !== undefined && { overLimit }),
    takenAtMs,
  };
}

async function readThreads(controls: LabControls): Promise<ReadonlyMap<number, Thread>> {
  const pids = [...new Set(controls.live.threads.map((thread) => thread.pid))];
  const all = (await Promise.all(pids.map((pid) => threadsOf(controls.host, pid)))).flat();
  return new Map(all.map((thread) => [thread.tid, thread]));
}
