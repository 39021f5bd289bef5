import { z } from "zod";
import { DATAPATHS } from "../topology/topology.ts";
import { flagSchema } from "./flag.ts";
import { histogramSchema } from "./histogram.ts";
import { ledgerSchema } from "./ledger.ts";
import type { Plain } from "./plain.ts";
import { count, ratio } from "./plain.ts";

const throughputPps = () =>
  z
    .number()
    .nonnegative()
    .describe(
      "Packets received / seconds of the generator's sending interval. At rate `max` this is the forwarding rate at maximum offered load (RFC 2285, 3.6.2). " +
        "Packets that were in flight when the generator stopped count as received, so a short trial reads high by at most what the rings hold.",
    );
const bandwidthBps = () =>
  z
    .number()
    .nonnegative()
    .describe("throughputPps x frameBytes x 8: layer-2 bits with the FCS, without preamble and gap.");
const lossRatio = () =>
  z
    .number()
    .describe(
      "(offered - received) / offered. Packets that the generator was asked to send and did not count as lost. 1 when nothing was offered; negative when " +
        "more came than was offered.",
    );

export const latencySchema = z
  .object({
    count: count().describe("Packets whose latency was measured."),
    min: count().describe("Lowest latency in nanoseconds, exact."),
    p50: count().describe("Median latency in nanoseconds: lower edge of its bucket, under 1 % low."),
    p90: count().describe("90th percentile in nanoseconds, as p50."),
    p99: count().describe("99th percentile in nanoseconds, as p50."),
    p999: count().describe("99.9th percentile in nanoseconds, as p50."),
    max: count().describe("Highest latency in nanoseconds, exact."),
    mean: z.number().nonnegative().describe("Mean latency in nanoseconds."),
  })
  .meta({ id: "latency" });

const chainTrialSchema = z
  .object({
    chain: z.string().describe("Name of the chain."),
    offered: count().describe(
      "Packets that the schedule asked the generator to send; equal to sent when the rate is max.",
    ),
    sent: count().describe("Packets that the generator's port accepted."),
    received: count().describe("Packets of this trial that the last NF counted."),
    durationNs: count().describe(
      "The generator's sending interval in nanoseconds, by its TSC: not the time that was asked for.",
    ),
    reordered: count().describe("Packets that came after one with a higher sequence number."),
    duplicates: count().describe("Packets that came more than once."),
    throughputPps: throughputPps(),
    bandwidthBps: bandwidthBps(),
    lossRatio: lossRatio(),
    latencyNs: latencySchema
      .optional()
      .describe("One-way latency by TSC stamps in the packets; absent when nothing was measured."),
    latencyHistogram: histogramSchema.optional().describe("All latencies that latencyNs was computed from."),
    ledger: ledgerSchema,
  })
  .meta({ id: "chainTrial" });

const cpuSchema = z.object({
  cpu: count().describe("Number of the CPU."),
  stealTicks: count().describe("Ticks of /proc/stat during the trial in which the hypervisor ran something else."),
  busyTicks: count().describe("Ticks in user, nice, system, irq and softirq."),
  totalTicks: count().describe("All ticks of the CPU, steal and idle included."),
  stealRatio: ratio().describe("stealTicks / totalTicks."),
});

const threadSchema = z.object({
  owner: z.string().describe("'switch' or the name of the NF."),
  name: z.string().describe("The thread's name: 'pmd-c00/id:8', 'worker'."),
  tid: count().describe("Thread id on the host."),
  cpu: count().describe("CPU that the thread is pinned to."),
  involuntaryContextSwitches: count().describe(
    "nonvoluntary_ctxt_switches of /proc/<tid>/status during the trial: times the thread was preempted.",
  ),
  runQueueWaitNs: count().describe(
    "Nanoseconds during the trial in which the thread could have run and something else had its CPU (second field of /proc/<tid>/schedstat).",
  ),
  voluntaryContextSwitches: count().describe("voluntary_ctxt_switches during the trial: times the thread slept."),
});

const pmdSchema = z.object({
  cpu: count().describe("CPU of the switch's poll-mode thread."),
  busyCycles: count().describe(
    "TSC cycles in iterations that had packets; includes time in which the thread was preempted inside one.",
  ),
  idleCycles: count().describe("TSC cycles in iterations without packets."),
  packets: count().describe(
    "Packets received from ports. A packet counts once for each pass through the switch, so once for each hop of a chain.",
  ),
  cyclesPerPacket: z.number().nonnegative().optional().describe("busyCycles / packets; absent without packets."),
  simpleMatchHits: count().describe("Lookups answered by the simple match on the input port."),
  emcHits: count().describe("Lookups answered by the exact-match cache."),
  smcHits: count().describe("Lookups answered by the signature-match cache."),
  megaflowHits: count().describe("Lookups answered by the megaflow classifier."),
  upcalls: count().describe("Packets that no cache knew and the slow path handled."),
  lostUpcalls: count().describe("Packets dropped because the slow path failed."),
});

export const trialSchema = z
  .object({
    index: count().describe("Place in the order that the trials really ran, from 0."),
    datapath: z.enum(DATAPATHS).describe("The arm that the trial belongs to."),
    complete: z
      .boolean()
      .describe(
        "Whether the trial ran to its end and all counters were read. Trials that are not complete are in no median.",
      ),
    chains: z.array(chainTrialSchema).describe("One for each chain of the lab; all ran at the same time."),
    throughputPps: throughputPps().describe("Sum over the chains."),
    bandwidthBps: bandwidthBps().describe("Sum over the chains."),
    lossRatio: lossRatio().describe("(offered - received) / offered, both summed over the chains."),
    latencyNs: latencySchema.optional().describe("Over the packets of all chains; absent when nothing was measured."),
    switchCyclesPerPacket: z
      .number()
      .nonnegative()
      .optional()
      .describe(
        "busyCycles / packets over all PMD threads: cycles for one pass of one packet through the switch; absent without a switch.",
      ),
    hygiene: z.object({
      cpus: z.array(cpuSchema).describe("The CPUs of the affinity map."),
      threads: z.array(threadSchema).describe("The polling threads: PMDs of the switch and workers of the NFs."),
    }),
    pmds: z.array(pmdSchema).describe("The switch's poll-mode threads; empty on datapaths without a switch."),
    flags: z.array(flagSchema),
  })
  .meta({ id: "trial" });

/** One offered rate for one duration on one lab. Counts are the primary quantities; rates and ratios are computed from them by `makeTrial`. */
export type Trial = Plain<z.infer<typeof trialSchema>>;
export type ChainTrial = Trial["chains"][number];
export type Latency = Plain<z.infer<typeof latencySchema>>;
export type CpuHygiene = Trial["hygiene"]["cpus"][number];
export type ThreadHygiene = Trial["hygiene"]["threads"][number];
export type Pmd = Trial["pmds"][number];
