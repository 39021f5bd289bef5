import type { HostFacts } from "../../../src/lab/host-facts.ts";
import type { Lab } from "../../../src/lab/lab.ts";
import type { ArmPlan } from "../../../src/measure/arm-plan.ts";
import { buildResult, type ResultParts } from "../../../src/measure/build-result.ts";
import type { Histogram } from "../../../src/measure/histogram.ts";
import { makeTrial } from "../../../src/measure/make-trial.ts";
import type { ChainMeasurement, TrialMeasurement } from "../../../src/measure/measurement.ts";
import type { Result } from "../../../src/measure/result.ts";
import type { Trial } from "../../../src/measure/trial.ts";
import type { Datapath, TrafficSpec } from "../../../src/topology/topology.ts";

/** A chain of 2 s in which everything that was sent arrived, but for `full` packets that a full ring dropped. */
export function madeUpChain(parts: Partial<ChainMeasurement> & { readonly full?: number } = {}): ChainMeasurement {
  const { full = 0, ...rest } = parts;
  const sent = parts.sent ?? parts.offered ?? 4_000_000;
  const received = parts.received ?? sent - full;
  return {
    chain: "main",
    offered: sent,
    sent,
    received,
    receivedBytes: received * 64,
    durationNs: 2_000_000_000,
    reordered: 0,
    duplicates: 0,
    latency: histogramAround(12_000),
    points: [
      { at: "port of gen", counter: "gen txPackets", packets: sent, drops: [] },
      { at: "switch port gen-p0", counter: "OVS gen-p0 rx_packets", packets: sent, drops: [] },
      {
        at: "switch port sink-p0",
        counter: "OVS sink-p0 tx_packets",
        packets: sent - full,
        drops: [{ reason: "ring of sink full", counter: "OVS sink-p0 ovs_tx_failure_drops", packets: full }],
      },
      { at: "port of sink", counter: "sink rxPackets", packets: received, drops: [] },
    ],
    ...rest,
  };
}

export function madeUpMeasurement(parts: Partial<TrialMeasurement> = {}): TrialMeasurement {
  return {
    index: 0,
    arm: "vhost-user",
    round: 0,
    purpose: "trial",
    durationMs: 2000,
    ratePps: undefined,
    incomplete: undefined,
    chains: [madeUpChain()],
    cpus: [
      { cpu: 0, stealTicks: 0, busyTicks: 200, totalTicks: 200, interrupts: [] },
      { cpu: 1, stealTicks: 1, busyTicks: 199, totalTicks: 200, interrupts: [] },
    ],
    threads: [
      {
        owner: "switch",
        name: "pmd-c00/id:8",
        tid: 100,
        cpu: 0,
        involuntaryContextSwitches: 3,
        runQueueWaitNs: 2_000_000,
        voluntaryContextSwitches: 0,
      },
      {
        owner: "gen",
        name: "worker",
        tid: 101,
        cpu: 1,
        involuntaryContextSwitches: 900,
        runQueueWaitNs: 900_000_000,
        voluntaryContextSwitches: 0,
      },
      {
        owner: "sink",
        name: "worker",
        tid: 102,
        cpu: 1,
        involuntaryContextSwitches: 900,
        runQueueWaitNs: 900_000_000,
        voluntaryContextSwitches: 0,
      },
    ],
    nfs: [],
    switchPorts: [],
    pmds: [
      {
        cpu: 0,
        busyCycles: 4_000_000_000,
        idleCycles: 1_000_000_000,
        packets: 4_000_000,
        simpleMatchHits: 4_000_000,
        emcHits: 0,
        smcHits: 0,
        megaflowHits: 0,
        upcalls: 0,
        lostUpcalls: 0,
      },
    ],
    generatorCeilingPps: undefined,
    flags: [],
    ...parts,
  };
}

/** Trials of one datapath at about `packets` in 2 s; the given factors make them differ. */
export function madeUpTrials(
  datapath: Datapath,
  packets: number,
  factors: readonly number[],
  full = 0,
): readonly Trial[] {
  const isSwitched = datapath === "vhost-user";
  return factors.map((factor, index) =>
    makeTrial(
      madeUpMeasurement({
        index,
        round: index,
        arm: datapath,
        chains: [
          madeUpChain({
            sent: Math.round(packets * factor) + full,
            full,
            latency: histogramAround(isSwitched ? 12_000 : 1_840_000),
          }),
        ],
        ...(isSwitched ? {} : { pmds: [], threads: [] }),
      }),
    ),
  );
}

/** A thousand latencies: most at `ns`, a tail of one in fifty at eight times it. */
export function histogramAround(ns: number): Histogram {
  return {
    count: 1000,
    min: ns / 2,
    max: ns * 10,
    sum: ns * 1150,
    buckets: [
      [ns / 2, 10],
      [ns, 970],
      [ns * 8, 20],
    ],
  };
}

export function madeUpLab(datapath: Datapath, parts: Partial<Lab> = {}): Lab {
  const owners = [
    ...(datapath === "vhost-user" ? [{ cpu: 0, owners: ["switch"] }] : [{ cpu: 0, owners: ["gen"] }]),
    { cpu: 1, owners: datapath === "vhost-user" ? ["gen", "sink"] : ["sink"] },
  ];
  return {
    schema: "corebed/lab/1",
    name: `pktgen-stats-${datapath}`,
    group: "pktgen-stats",
    datapath,
    directory: `/run/corebed/pktgen-stats-${datapath}`,
    chains: [{ name: "main", path: ["gen", "sink"] }],
    nfs: [],
    hops: [],
    switch: undefined,
    cpus: { owners, housekeeping: 0, housekeepingShared: true, folded: true },
    hugePages: { pageKib: 2048, needed: 0, parts: [] },
    traffic: PLAIN_TRAFFIC,
    ...parts,
  };
}

/** One size, one flow, as fast as it goes. */
export const PLAIN_TRAFFIC: TrafficSpec = {
  frames: [{ bytes: 64, weight: 1 }],
  flows: { count: 1, choice: "round-robin", skew: 1, vary: "port" },
  ratePps: undefined,
  direction: "one",
  vlan: undefined,
  network: "ipv4",
  transport: "udp",
  pcap: undefined,
  durationMs: 2000,
  warmupMs: 500,
  burst: 32,
};

/** An arm of a comparison of datapaths. */
export function madeUpArm(datapath: Datapath, lab: Partial<Lab> = {}): ArmPlan {
  return {
    name: datapath,
    settings: [{ parameter: "datapath", value: datapath }],
    lab: madeUpLab(datapath, lab),
    method: { kind: "fixed-rate", loadPps: "max", durationMs: 2000, trials: 5 },
  };
}

const HOST: HostFacts = {
  schema: "corebed/host-facts/1",
  hostname: "box",
  os: { prettyName: "Debian GNU/Linux 12", kernel: "6.18.44", architecture: "x64" },
  cpus: {
    model: "Intel(R) Xeon(R) @ 2.50GHz",
    usable: [0, 1],
    isolated: [],
    smtSiblings: [],
    numaNodes: [],
    governor: undefined,
  },
  memory: { totalBytes: 25_769_803_776, availableBytes: 20_000_000_000 },
  hugePages: { pageKib: 2048, total: 512, free: 512, mounts: ["/dev/hugepages"] },
  docker: { state: "running", version: "20.10.24", apiVersion: "1.41" },
  kernelSupport: {
    veth: true,
    bridge: true,
    macvlan: true,
    ipvlan: false,
    vxlan: true,
    "af-xdp": true,
    tun: true,
    tbf: true,
  },
  cgroup: "hybrid",
  memlockBytes: undefined,
  virtualisation: "kvm",
  stealRatio: 0,
  images: [],
  user: { uid: 0 },
};

export function madeUpParts(parts: Partial<ResultParts> = {}): ResultParts {
  return {
    kind: "compare",
    corebedVersion: "0.1.0",
    startedAt: "2026-08-06T10:00:00.000Z",
    finishedAt: "2026-08-06T10:00:40.000Z",
    complete: true,
    simulated: false,
    topology: { name: "pktgen-stats", file: "pktgen-stats.yaml", text: "name: pktgen-stats\n", sha256: "0".repeat(64) },
    host: HOST,
    versions: {
      corebed: "0.1.0",
      node: "24.21.0",
      kernel: "6.18.44",
      docker: "20.10.24",
      ovs: "3.1.0",
      dpdk: "22.11.11",
      images: {},
    },
    seed: 1,
    orderKind: "abba",
    method: { kind: "fixed-rate", loadPps: "max", durationMs: 2000, trials: 5 },
    arms: [],
    outcomes: new Map(),
    noiseFloorOf: () => undefined,
    trials: [],
    expectations: [],
    ...parts,
  };
}

/** The result of these trials: arms in the order of `datapaths`, trials numbered in the order given. */
export function madeUpResult(
  datapaths: readonly Datapath[],
  trials: readonly Trial[],
  parts: Partial<ResultParts> = {},
): Result {
  return buildResult(
    madeUpParts({
      arms: datapaths.map((datapath) => madeUpArm(datapath)),
      trials: trials.map((trial, index) => ({ ...trial, index })),
      ...parts,
    }),
  );
}
