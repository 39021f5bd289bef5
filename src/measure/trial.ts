import { z } from "zod";
import { flagSchema } from "./flag.ts";
import { histogramSchema } from "./histogram.ts";
import { hopLimitSchema } from "./hop-limit.ts";
import { hygieneSchema, pmdSchema } from "./hygiene.ts";
import { ledgerSchema } from "./ledger.ts";
import type { Plain } from "./plain.ts";
import { count } from "./plain.ts";
import { receiverSchema } from "./receiver.ts";

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
    .describe("receivedBytes x 8 / seconds: layer-2 bits with the FCS, without preamble and gap.");
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
    p9999: count().describe("99.99th percentile in nanoseconds, as p50."),
    max: count().describe("Highest latency in nanoseconds, exact."),
    mean: z.number().nonnegative().describe("Mean latency in nanoseconds."),
  })
  .meta({ id: "latency" });

const chainTrialSchema = z
  .object({
    chain: z.string().describe("Name of the chain."),
    direction: z
      .literal("reverse")
      .optional()
      .describe(
        "reverse: from the last NF to the first, where traffic goes both ways; absent for the chain's own direction.",
      ),
    offered: count().describe(
      "Packets that the schedule asked the generator to send; equal to sent when the rate is max.",
    ),
    sent: count().describe("Packets that the generator's port accepted."),
    received: count().describe("Packets of this trial that the last NF counted."),
    receivedBytes: count().describe("Their bytes, each with its 4-byte FCS."),
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
    clocks: z
      .object({
        sender: z.string().describe("Host on which packets get their time."),
        receiver: z.string().describe("Host on which it is read."),
        unixAheadNs: z
          .number()
          .optional()
          .describe("By how many nanoseconds the sender's time of day was ahead of the receiver's after the trial."),
        uncertaintyNs: z
          .number()
          .nonnegative()
          .optional()
          .describe("How wrong that, and every latency, may be: half of what asking took, and what the clocks moved."),
        withheld: z.string().optional().describe("Why there is no latency; absent if there is one."),
      })
      .optional()
      .describe("How far apart the clocks at the chain's two ends are; absent where both ends are on one host."),
    receiver: receiverSchema.optional().describe("What the last NF saw besides; absent where it is none of corebed's."),
    limits: z
      .array(hopLimitSchema)
      .optional()
      .describe("Asked and achieved of each hop that has a limit; absent where none has."),
    ledger: ledgerSchema,
  })
  .meta({ id: "chainTrial" });

export const trialSchema = z
  .object({
    index: count().describe("Place in the order that the trials really ran, from 0."),
    arm: z.string().describe("Name of the arm that the trial belongs to."),
    round: count().describe(
      "Round of turns in which the trial ran, from 0: trials of different arms in one round ran next to each other.",
    ),
    purpose: z
      .string()
      .describe("What the trial was for: 'trial', or the step of a search, as 'NDR' or 'latency at 50 %'."),
    askedPps: z
      .number()
      .positive()
      .optional()
      .describe("Packets per second asked of each chain; absent for max: as many as the first port takes."),
    askedMs: z.number().positive().describe("Length of the trial as asked for in milliseconds."),
    complete: z
      .boolean()
      .describe(
        "Whether the trial ran to its end and all counters were read. Trials that are not complete are in no median.",
      ),
    usable: z
      .boolean()
      .describe(
        "Whether the trial may be part of a figure: it is complete, the generator reached the rate asked, and it was not repeated because it was disturbed.",
      ),
    repeatOf: count()
      .optional()
      .describe("Index of the disturbed trial that this one repeats; absent for a trial that was planned."),
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
    hygiene: hygieneSchema,
    pmds: z.array(pmdSchema).describe("The switch's poll-mode threads; empty on datapaths without a switch."),
    flags: z.array(flagSchema),
  })
  .meta({ id: "trial" });

/** One offered rate for one duration on one lab. Counts are the primary quantities; rates and ratios are computed from them by `makeTrial`. */
export type Trial = Plain<z.infer<typeof trialSchema>>;
export type ChainTrial = Trial["chains"][number];
export type Latency = Plain<z.infer<typeof latencySchema>>;
