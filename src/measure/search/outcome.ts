import { z } from "zod";
import type { Plain } from "../plain.ts";
import { count } from "../plain.ts";
import { goalSchema } from "./goal.ts";

const pps = () => z.number().nonnegative();
const trialIndex = () => count().describe("Index of the trial.");

export const LIMITS = ["generator", "max-load", "min-load"] as const;
export const SEARCH_ENDS = ["found", "trial-limit", "time-limit", "unusable-trials", "no-traffic"] as const;

const pointSchema = z
  .object({
    trial: trialIndex(),
    loadPps: pps().describe("Load in packets per second as asked for; what was sent where that was max."),
    durationMs: z.number().positive().describe("Length of the trial as asked for, in milliseconds."),
    offered: count().describe("Packets asked of the generator."),
    received: count().describe("Packets that arrived."),
    forwardingPps: pps().describe("Packets per second received."),
    lossRatio: z
      .number()
      .min(0)
      .max(1)
      .describe("(offered - received) / offered; unsent packets count as lost; 0 when more came than was offered."),
    reached: z.boolean().describe("Whether the generator reached the load."),
    usable: z.boolean().describe("false: the trial was cut short or disturbed, and counts for nothing."),
  })
  .meta({ id: "methodPoint" });

const goalResultSchema = z
  .object({
    goal: goalSchema,
    finished: z
      .boolean()
      .describe(
        "Whether the answer is there: an interval of at most the goal's width, or a limit that the search ran into (limitedBy).",
      ),
    lowerPps: pps()
      .optional()
      .describe(
        "Relevant lower bound: the highest load that meets the goal with no load below it known to fail; absent where none was found.",
      ),
    upperPps: pps()
      .optional()
      .describe("Relevant upper bound: the lowest load known to fail the goal; absent where none was found."),
    width: z.number().min(0).max(1).optional().describe("(upperPps - lowerPps) / upperPps; absent without both."),
    conditionalThroughputPps: pps()
      .optional()
      .describe(
        "lowerPps x (1 - the loss ratio at the goal's exceed ratio over the full-length trials there) (RFC 9971); absent without lowerPps.",
      ),
    limitedBy: z
      .enum(LIMITS)
      .optional()
      .describe(
        "generator: the load above is one that the generator could not reach, so the system may do more. max-load: the highest load allowed still meets the goal. min-load: even the lowest load fails the goal.",
      ),
    lossInversion: z
      .boolean()
      .describe(
        "Whether no trial at some load above upperPps was lossy: the system's loss does not only grow with the load.",
      ),
    lowerTrials: z.array(trialIndex()).describe("Trials at lowerPps, in the order they ran."),
    upperTrials: z.array(trialIndex()).describe("Trials at upperPps, in the order they ran."),
    detail: z.string().describe("The answer, or why there is none, in a sentence."),
  })
  .meta({ id: "goalResult" });

const searchOutcomeSchema = z
  .object({
    kind: z.literal("search"),
    end: z
      .enum(SEARCH_ENDS)
      .describe(
        "found: every goal is finished. trial-limit, time-limit: the bound ended it. unusable-trials: too many trials in a row were cut short or disturbed. no-traffic: the generator sent nothing.",
      ),
    goals: z.array(goalResultSchema).describe("In the order of the method."),
    minLoadPps: pps().describe("Lowest load allowed."),
    maxLoadPps: pps().describe("Highest load allowed."),
    maxLoadFrom: z
      .enum(["asked", "generator"])
      .describe("generator: it is what the generator sent when it was asked for as much as it can."),
    warmupTrial: count().optional().describe("Index of the first trial, at the highest load, that decides nothing."),
    trials: count().describe("Trials in all, warm-up and unusable ones included."),
    trialTimeMs: z.number().nonnegative().describe("Sum of their effective durations in milliseconds."),
  })
  .meta({ id: "searchOutcome" });

const pointsOf = <K extends string>(kind: K, what: string) =>
  z.object({ kind: z.literal(kind), points: z.array(pointSchema).describe(what) });

export const methodOutcomeSchema = z
  .discriminatedUnion("kind", [
    pointsOf("fixed-rate", "Every trial, in the order they ran."),
    pointsOf("max-rate", "Every trial, in the order they ran.").extend({
      forwardingPps: pps().optional().describe("Mean forwarding rate of the usable trials; absent without one."),
      standardDeviationPps: pps()
        .optional()
        .describe("Sample standard deviation of their forwarding rates; absent with fewer than two."),
    }),
    searchOutcomeSchema,
    pointsOf("loss-curve", "From the highest load downwards.").extend({
      maxLoadPps: pps().describe("100 % of the curve, in packets per second."),
      lossFree: z
        .boolean()
        .describe("Whether it ended with two successive loads without loss; false: even the lowest ones lost packets."),
    }),
    z.object({
      kind: z.literal("back-to-back"),
      finished: z.boolean().describe("Whether all repeats were run to their end."),
      bursts: z
        .array(
          z.object({
            packets: count().describe(
              "Longest burst of this repeat that lost nothing, in packets; 0 where the shortest lost some.",
            ),
            limited: z
              .boolean()
              .describe("Whether that is the longest burst allowed, so that the buffer may be larger."),
            generatorShort: z
              .boolean()
              .describe("Whether the next longer burst failed only because the generator could not keep the rate."),
            trials: z.array(trialIndex()).describe("The trials of this repeat, in the order they ran."),
          }),
        )
        .describe("One for each repeat that was run to its end."),
      meanPackets: pps().optional().describe("Mean over the repeats; absent without one."),
      minPackets: count().optional().describe("Shortest of them."),
      maxPackets: count().optional().describe("Longest of them."),
      standardDeviationPackets: pps()
        .optional()
        .describe("Sample standard deviation; absent with fewer than two repeats."),
      burstPps: pps()
        .optional()
        .describe("Rate inside of the bursts in packets per second: the median of what was sent."),
      impliedBufferSeconds: pps()
        .optional()
        .describe("meanPackets / burstPps: how long the buffer took in what came (RFC 9004)."),
      correctedBufferSeconds: pps()
        .optional()
        .describe(
          "impliedBufferSeconds x (1 - throughput / burstPps): without what was forwarded during the burst; absent where the throughput is not known or is not below burstPps.",
        ),
      trials: count().describe("Trials in all."),
    }),
    z.object({
      kind: z.literal("latency-profile"),
      ofPps: pps().optional().describe("The load that the shares are of; absent where the search found none."),
      search: searchOutcomeSchema.optional().describe("The search for it; absent where it was given."),
      points: z
        .array(
          pointSchema.extend({
            share: z.number().min(0).max(1).describe("Share of ofPps that was asked for."),
            latencyNs: z
              .object({
                min: pps().describe("Lowest."),
                p50: pps().describe("Median."),
                p99: pps().describe("99th percentile."),
                max: pps().describe("Highest."),
              })
              .optional()
              .describe("One-way latency in nanoseconds; absent where nothing was measured."),
          }),
        )
        .describe("In the order of the shares."),
    }),
    pointsOf("soak", "The time series.").extend({
      endedEarly: z
        .string()
        .optional()
        .describe("What ended it before its time, in a sentence; absent when it ran to its end."),
      totalMs: z.number().nonnegative().describe("Sum of the intervals that ran, in milliseconds."),
    }),
  ])
  .meta({ id: "methodOutcome" });

/** What a method found. Trials are named by their index; all their figures are in the trials themselves. */
export type MethodOutcome = Plain<z.infer<typeof methodOutcomeSchema>>;
/** The outcome of the method of one kind. */
export type OutcomeOf<K extends MethodOutcome["kind"]> = Extract<MethodOutcome, { readonly kind: K }>;
export type SearchOutcome = OutcomeOf<"search">;
export type GoalResult = SearchOutcome["goals"][number];
export type MethodPoint = Plain<z.infer<typeof pointSchema>>;
