import type { Lab, LabNf } from "../lab/lab.ts";
import type { Flag } from "../measure/flag.ts";
import type { TrialMeasurement } from "../measure/measurement.ts";
import { chainMeasurements } from "./chain-measurement.ts";
import type { Clocks } from "./clocks.ts";
import { interruptsBetween } from "./hygiene/interrupts.ts";
import { movedQueues } from "./hygiene/placement.ts";
import type { DrivenHost, DrivenLab, LabControls } from "./live.ts";
import type { LabSample, Sample } from "./sample.ts";
import type { TrialRequest } from "./test-bed.ts";

/** Sources of interrupts that are told for each CPU: the rest are too seldom to matter. */
const MOST_SOURCES = 5;

const NEVER_SETTLED: Flag = {
  code: "never-settled",
  message: "The rate was not steady when the warm-up had to end: it may still have changed in the trial.",
};

/** What a trial was and what was counted before and after it. */
export interface Counted {
  readonly controls: DrivenLab;
  readonly request: TrialRequest;
  /** Why the trial did not run to its end; undefined when it did. */
  readonly incomplete: string | undefined;
  readonly before: LabSample;
  readonly after: LabSample;
  /** Of the hosts, just before and after what was sent. */
  readonly clocks: { readonly before: Clocks; readonly after: Clocks };
  readonly ceilingPps: number | undefined;
  /** Whether the rate was steady when the warm-up ended. */
  readonly warm: boolean;
}

/** Differences of all counters over one trial. */
export function measurementOf(counted: Counted): TrialMeasurement {
  const { controls, request, incomplete, before, after, clocks, ceilingPps, warm } = counted;
  const { lab } = controls;
  const hosts = controls.hosts.flatMap((host, index) => {
    const [then, now] = [before.hosts[index], after.hosts[index]];
    return then === undefined || now === undefined ? [] : [onHost(host, then, now)];
  });
  const chains = lab.chains.flatMap((chain) => chainMeasurements(lab, chain, before.whole, after.whole, clocks));
  return {
    index: request.index,
    arm: request.arm,
    round: request.round,
    purpose: request.purpose,
    ratePps: request.ratePps,
    durationMs: request.durationMs,
    ...(request.repeatOf !== undefined && { repeatOf: request.repeatOf }),
    incomplete,
    chains,
    cpus: hosts.flatMap(({ cpus }) => cpus),
    threads: hosts.flatMap(({ threads }) => threads),
    sharedCpus: hosts.flatMap(({ sharedCpus }) => sharedCpus),
    pmds: hosts.flatMap(({ pmds }) => pmds),
    nfs: hosts.flatMap(({ nfs }) => nfs),
    switchPorts: hosts.flatMap(({ switchPorts }) => switchPorts),
    generatorCeilingPps: ceilingPps,
    flags: [...(warm ? [] : [NEVER_SETTLED]), ...clockFlags(chains), ...hosts.flatMap(({ flags }) => flags)],
  };
}

/** What the machine of one host did, marked with the host's name where the lab is on several. */
function onHost({ host, controls }: DrivenHost, before: Sample, after: Sample) {
  const { lab } = controls;
  const at = host === undefined ? {} : { host };
  const pmds = pmdDifferences(before, after);
  const flags = [...environmentFlags(lab, after), ...placementFlags(before, after), ...pmdFlags(after, pmds)];
  return {
    cpus: lab.cpus.owners.map(({ cpu }) => ({ ...at, ...cpuDifference(cpu, before, after) })),
    threads: controls.live.threads.map((thread) => ({ ...at, ...threadDifference(thread, before, after) })),
    sharedCpus: lab.cpus.owners.filter(({ owners }) => owners.length > 1).map(({ cpu }) => ({ ...at, cpu })),
    pmds: pmds.map((pmd) => ({ ...at, ...pmd })),
    nfs: controls.nfs.map(({ nf }) => nfDifference(nf, before, after)),
    switchPorts: switchPortDifferences(lab, before, after).map((port) => ({ ...at, ...port })),
    flags: flags.map((flag) => (host === undefined ? flag : { ...flag, message: `Host ${host}: ${flag.message}` })),
  };
}

/** What the latency of a chain between two hosts is worth, or why there is none. */
function clockFlags(chains: TrialMeasurement["chains"]): readonly Flag[] {
  return chains.flatMap(({ chain, clocks }): readonly Flag[] => {
    if (clocks === undefined) return [];
    const { sender, receiver, withheld, uncertaintyNs = 0 } = clocks;
    const way = `of chain ${chain}, from host ${sender} to host ${receiver},`;
    const message =
      withheld === undefined
        ? `One-way latency ${way} is by two clocks, whose difference is known to ${microseconds(uncertaintyNs)}.`
        : `One-way latency ${way} is not told: ${withheld}. A chain that ends on the host where it begins tells the round trip.`;
    return [{ code: "note", message }];
  });
}

function microseconds(ns: number): string {
  return `${Number((ns / 1000).toPrecision(3))} µs`;
}

function threadDifference(
  { name, tid, cpu }: LabControls["live"]["threads"][number],
  before: Sample,
  after: Sample,
): TrialMeasurement["threads"][number] {
  const [then, now] = [before.threads.get(tid), after.threads.get(tid)];
  const grown = (field: "involuntarySwitches" | "runQueueWaitNs" | "voluntarySwitches") =>
    (now?.[field] ?? 0) - (then?.[field] ?? 0);
  const migrated = now?.migrations === undefined || then?.migrations === undefined;
  return {
    owner: name.split(" ")[0] ?? "",
    name: name.split(" ")[1] ?? "",
    tid,
    cpu,
    involuntaryContextSwitches: grown("involuntarySwitches"),
    runQueueWaitNs: grown("runQueueWaitNs"),
    voluntaryContextSwitches: grown("voluntarySwitches"),
    ...(!migrated && { migrations: (now?.migrations ?? 0) - (then?.migrations ?? 0) }),
  };
}

/** How an NF's worker spent its time. */
function nfDifference(nf: LabNf, before: Sample, after: Sample): TrialMeasurement["nfs"][number] {
  const [then, now] = [before.nfs.get(nf.name), after.nfs.get(nf.name)];
  const grown = (field: "busyTsc" | "idleTsc" | "yields") =>
    Math.max(0, (now?.worker[field] ?? 0) - (then?.worker[field] ?? 0));
  return {
    nf: nf.name,
    cpu: nf.workerCpu,
    busyCycles: grown("busyTsc"),
    idleCycles: grown("idleTsc"),
    yields: grown("yields"),
    ringSizes: nf.ports.map(({ queueSize }) => queueSize),
  };
}

function switchPortDifferences(lab: Lab, before: Sample, after: Sample): TrialMeasurement["switchPorts"] {
  return (lab.switch?.ports ?? []).map(({ name, ofport }) => {
    const [then, now] = [before.switchPorts.get(ofport), after.switchPorts.get(ofport)];
    const retries = after.txRetries.get(name);
    return {
      port: name,
      polledBy: [...after.placement].filter(([queue]) => queue.startsWith(`${name} `)).map(([, cpu]) => cpu),
      txDropped: (now?.txDropped ?? 0) - (then?.txDropped ?? 0),
      ...(retries !== undefined && { txRetries: Math.max(0, retries - (before.txRetries.get(name) ?? 0)) }),
    };
  });
}

/** A queue that another PMD took over makes one trial of two machines. */
function placementFlags(before: Sample, after: Sample): TrialMeasurement["flags"] {
  const moved = movedQueues(before.placement, after.placement);
  if (moved.length === 0) return [];
  return [
    { code: "disturbed", message: `Receive queues changed their poll-mode thread in the trial: ${moved.join(", ")}.` },
  ];
}

/** What a reader must know of the host's settings to compare the figures with others. */
function environmentFlags(lab: Lab, sample: Sample): TrialMeasurement["flags"] {
  return [...slowPathFlags(lab), ...bridgeFlags(lab, sample)];
}

function slowPathFlags(lab: Lab): TrialMeasurement["flags"] {
  if (!lab.hops.some((hop) => hop.datapath === "ovs-veth")) return [];
  const message =
    "ovs-veth is OVS's slow path: its main thread moves every packet through packet sockets. It is what veth ports added to a userspace bridge give, and seldom what was meant.";
  return [{ code: "note", message }];
}

function bridgeFlags(lab: Lab, { bridgeFilter }: Sample): TrialMeasurement["flags"] {
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
  const mhz = after.frequencies.get(cpu);
  return {
    cpu,
    busyTicks,
    stealTicks,
    totalTicks: busyTicks + stealTicks + (now.idle - then.idle),
    interrupts: interruptsBetween(before.interrupts, after.interrupts, cpu, MOST_SOURCES),
    ...(mhz !== undefined && { mhz }),
  };
}

/**
 * What each PMD thread did. OVS's counters of cycles can go back a little when its thread is kept from its CPU for long (seen on 3.1.0): then they say nothing of
 * this trial, and a figure that cannot be right is worse than none.
 */
function pmdDifferences(before: Sample, after: Sample): TrialMeasurement["pmds"] {
  return after.pmds.flatMap((now) => {
    const then = before.pmds.find((pmd) => pmd.coreId === now.coreId);
    const difference = {
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
    return Object.values(difference).every((value) => value >= 0) ? [difference] : [];
  });
}

function pmdFlags(after: Sample, told: TrialMeasurement["pmds"]): TrialMeasurement["flags"] {
  const untold = after.pmds.filter(({ coreId }) => !told.some(({ cpu }) => cpu === coreId));
  return untold.map(({ coreId }) => ({
    code: "note",
    message: `OVS's counters of the poll-mode thread on CPU ${coreId} went back in the trial: what it did is not known.`,
  }));
}
