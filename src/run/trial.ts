import { setTimeout as delay } from "node:timers/promises";
import type { Lab, LabChain, LabPort, PortRef } from "../lab/lab.ts";
import { makeTrial } from "../measure/make-trial.ts";
import type { ChainMeasurement, TrialMeasurement } from "../measure/measurement.ts";
import type { Trial } from "../measure/trial.ts";
import type { NfStats } from "../rpc/nf-control/messages.ts";
import { countingPoints } from "./counting-points.ts";
import type { LabControls, NfHandle } from "./live.ts";
import { type Sample, takeSample } from "./sample.ts";

/** What a trial is asked to be. */
export interface TrialRequest {
  /** Place among all trials of the run, from 0. */
  readonly index: number;
  /** Marks the packets; unique within the life of the NFs. */
  readonly stamp: number;
  readonly signal: AbortSignal;
}

/** Two equal looks this far apart mean that nothing is on its way any more. */
const DRAIN_INTERVAL_MS = 20;
const DRAIN_TIMEOUT_MS = 3_000;

/**
 * Drives one trial on a lab that is up: traffic that does not count, until caches are warm; then the traffic that does; then waits until the last packet
 * has arrived and reads all counters. Counters are read only while nothing flows, so that they can be compared to the packet.
 *
 * On an abort the generators are stopped, and the trial is marked incomplete with what was counted until then.
 */
export async function driveTrial(controls: LabControls, request: TrialRequest): Promise<Trial> {
  const { lab } = controls;
  if (lab.traffic.warmupMs > 0) {
    await startReceivers(controls, request.stamp);
    await send(controls, request.stamp, lab.traffic.warmupMs, request.signal);
    await drained(controls);
  }
  await startReceivers(controls, request.stamp + 1);
  const before = await takeSample(controls, NEVER);
  const interrupted = await send(controls, request.stamp + 1, lab.traffic.durationMs, request.signal);
  const settled = await drained(controls);
  const after = await takeSample(controls, NEVER);
  const incomplete = interrupted
    ? "The trial was interrupted before its end."
    : settled
      ? undefined
      : `Packets still arrived ${DRAIN_TIMEOUT_MS / 1000} s after the generator had stopped.`;
  return makeTrial(measurement(controls, request.index, incomplete, before, after));
}

/** Counters are read after an interruption too: what was counted is kept. */
const NEVER = new AbortController().signal;

/** Sends for a time; true if it was cut short. The generators are stopped whatever happens. */
async function send(controls: LabControls, stamp: number, durationMs: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return true;
  const generators = controls.nfs.filter((handle) => handle.app === "pktgen");
  try {
    await Promise.all(generators.map((handle) => startGenerator(controls.lab, handle, stamp)));
    await delay(durationMs, undefined, { signal }).catch(() => undefined);
  } finally {
    await Promise.all(generators.map((handle) => handle.control.stop()));
  }
  return signal.aborted;
}

async function startGenerator(lab: Lab, handle: Extract<NfHandle, { app: "pktgen" }>, stamp: number): Promise<void> {
  const { traffic } = lab;
  const hop = lab.hops.find((candidate) => candidate.from.nf === handle.nf.name);
  const [from, to] = [portAt(lab, hop?.from), portAt(lab, hop?.to)];
  await handle.control.start({
    trial: stamp,
    frameBytes: traffic.frameBytes,
    flows: traffic.flows,
    ratePps: traffic.ratePps ?? 0,
    burst: traffic.burst,
    srcIp: from.ipv4,
    dstIp: to.destination.ipv4,
    dstMac: to.destination.mac,
  });
}

async function startReceivers(controls: LabControls, stamp: number): Promise<void> {
  await Promise.all(
    controls.nfs.map(async (handle) => {
      if (handle.app === "stats") await handle.control.start({ trial: stamp });
      if (handle.app === "l2fwd")
        await handle.control.start({ trial: stamp, rewrite: rewrites(controls.lab, handle.nf.name) });
    }),
  );
}

/** Towards the next NF: its MAC and, on a Docker network, addresses of that network, since Docker's rules drop others there. */
function rewrites(lab: Lab, nf: string) {
  return lab.hops
    .filter((hop) => hop.from.nf === nf)
    .map((hop) => {
      const [from, to] = [portAt(lab, hop.from), portAt(lab, hop.to)];
      const { mac: dstMac, ipv4: dstIp } = to.destination;
      return { port: from.index, dstMac, ...(hop.network === undefined ? {} : { srcIp: from.ipv4, dstIp }) };
    });
}

function portAt(lab: Lab, ref: PortRef | undefined): LabPort {
  const port = lab.nfs.find((nf) => nf.name === ref?.nf)?.ports[ref?.port ?? 0];
  if (port === undefined) throw new Error(`internal: no port ${ref?.nf}/${ref?.port} in lab ${lab.name}`);
  return port;
}

/** Waits until no NF takes in packets any more; false if that did not come in time. */
async function drained(controls: LabControls): Promise<boolean> {
  const deadline = performance.now() + DRAIN_TIMEOUT_MS;
  let before = -1;
  while (performance.now() < deadline) {
    const stats = await Promise.all(controls.nfs.map(({ control }) => control.stats() as Promise<NfStats>));
    const taken = stats.reduce((sum, nf) => sum + nf.ports.reduce((packets, port) => packets + port.rxPackets, 0), 0);
    if (taken === before) return true;
    before = taken;
    await delay(DRAIN_INTERVAL_MS);
  }
  return false;
}

function measurement(
  controls: LabControls,
  index: number,
  incomplete: string | undefined,
  before: Sample,
  after: Sample,
): TrialMeasurement {
  const { lab } = controls;
  return {
    index,
    datapath: lab.datapath,
    frameBytes: lab.traffic.frameBytes,
    ratePps: lab.traffic.ratePps,
    incomplete,
    chains: lab.chains.map((chain) => chainMeasurement(lab, chain, before, after)),
    cpus: lab.cpus.owners.map(({ cpu }) => cpuDifference(cpu, before, after)),
    threads: controls.live.threads.map((thread) => ({
      owner: thread.name.split(" ")[0] ?? "",
      name: thread.name.split(" ")[1] ?? "",
      tid: thread.tid,
      cpu: thread.cpu,
      involuntaryContextSwitches:
        (after.threads.get(thread.tid)?.involuntarySwitches ?? 0) -
        (before.threads.get(thread.tid)?.involuntarySwitches ?? 0),
      runQueueWaitNs:
        (after.threads.get(thread.tid)?.runQueueWaitNs ?? 0) - (before.threads.get(thread.tid)?.runQueueWaitNs ?? 0),
      voluntaryContextSwitches:
        (after.threads.get(thread.tid)?.voluntarySwitches ?? 0) -
        (before.threads.get(thread.tid)?.voluntarySwitches ?? 0),
    })),
    pmds: pmdDifferences(before, after),
    generatorCeilingPps: undefined,
    flags: environmentFlags(lab, after),
  };
}

function chainMeasurement(lab: Lab, chain: LabChain, before: Sample, after: Sample): ChainMeasurement {
  const generator = after.nfs.get(chain.path[0] ?? "");
  const receiver = after.nfs.get(chain.path.at(-1) ?? "");
  const sent = generator !== undefined && "sent" in generator.app ? generator.app : undefined;
  const got = receiver !== undefined && "received" in receiver.app ? receiver.app : undefined;
  const ticks = (sent?.stopTsc ?? 0) - (sent?.startTsc ?? 0);
  return {
    chain: chain.name,
    offered: sent?.offered ?? 0,
    sent: sent?.sent ?? 0,
    received: got?.received ?? 0,
    durationNs: generator === undefined ? 0 : Math.max(0, Math.round((ticks / generator.tscHz) * 1e9)),
    reordered: got?.reordered ?? 0,
    duplicates: got?.duplicates ?? 0,
    latency: got?.latencyNs as ChainMeasurement["latency"],
    points: countingPoints(lab, chain.name, before, after),
  };
}

/** What a reader must know of the host's settings to compare the figures with others. */
function environmentFlags(lab: Lab, { bridgeFilter }: Sample): TrialMeasurement["flags"] {
  if (!bridgeFilter || !lab.hops.some((hop) => hop.datapath === "docker-bridge")) return [];
  const message =
    "Frames on the docker bridge passed the host's iptables rules (net.bridge.bridge-nf-call-iptables is 1, as Docker sets it).";
  return [{ code: "note", message }];
}

function cpuDifference(cpu: number, before: Sample, after: Sample): TrialMeasurement["cpus"][number] {
  const now = after.cpus.get(cpu) ?? { busy: 0, idle: 0, steal: 0 };
  const then = before.cpus.get(cpu) ?? now;
  const busyTicks = now.busy - then.busy;
  const stealTicks = now.steal - then.steal;
  return { cpu, busyTicks, stealTicks, totalTicks: busyTicks + stealTicks + (now.idle - then.idle) };
}

function pmdDifferences(before: Sample, after: Sample): TrialMeasurement["pmds"] {
  return after.pmds.map((now) => {
    const then = before.pmds.find((pmd) => pmd.coreId === now.coreId);
    return {
      cpu: now.coreId ?? 0,
      busyCycles: now.busyCycles - (then?.busyCycles ?? 0),
      idleCycles: now.idleCycles - (then?.idleCycles ?? 0),
      packets: now.packetsReceived - (then?.packetsReceived ?? 0),
      simpleMatchHits: now.simpleMatchHits - (then?.simpleMatchHits ?? 0),
      emcHits: now.emcHits - (then?.emcHits ?? 0),
      smcHits: now.smcHits - (then?.smcHits ?? 0),
      megaflowHits: now.megaflowHits - (then?.megaflowHits ?? 0),
      upcalls: now.missUpcalls - (then?.missUpcalls ?? 0),
      lostUpcalls: now.missFailedUpcalls - (then?.missFailedUpcalls ?? 0),
    };
  });
}
