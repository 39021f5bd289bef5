import { z } from "zod";
import type { Plain } from "../plain.ts";
import { goalSchema } from "./goal.ts";

const load = () =>
  z
    .union([z.number().positive(), z.literal("max")])
    .describe("Packets per second asked of each chain; max: as many as the generator's port takes.");
const durationMs = () => z.number().positive().describe("Length of each trial in milliseconds.");
const trials = () => z.int().positive().describe("How many trials.");
const minLoadPps = () =>
  z
    .number()
    .positive()
    .describe("Lowest load that is tried, in packets per second: enough packets in a trial for a latency histogram.");
const maxLoadPps = () =>
  z
    .number()
    .positive()
    .optional()
    .describe(
      "Highest load that is tried, in packets per second; absent: what the generator sends when it is asked for as much as it can.",
    );

export const searchMethodSchema = z
  .object({
    kind: z.literal("search"),
    goals: z.array(goalSchema).min(1).describe("What is looked for, all at once."),
    minLoadPps: minLoadPps(),
    maxLoadPps: maxLoadPps(),
    maxTrials: z.int().positive().describe("The search ends after this many trials, finished or not."),
    maxTotalMs: z
      .number()
      .positive()
      .describe(
        "The search begins no trial that would take the sum of effective durations over this, in milliseconds.",
      ),
  })
  .describe("Throughput search by multiple loss ratios (MLRsearch, RFC 9971).");

export const methodSchema = z
  .discriminatedUnion("kind", [
    z
      .object({ kind: z.literal("fixed-rate"), loadPps: load(), durationMs: durationMs(), trials: trials() })
      .describe("The same trial several times at one load."),
    z
      .object({ kind: z.literal("max-rate"), durationMs: durationMs(), trials: trials() })
      .describe("Forwarding rate at maximum offered load (RFC 2285 3.6.2; MRR of FD.io CSIT)."),
    searchMethodSchema,
    z
      .object({
        kind: z.literal("loss-curve"),
        maxLoadPps: maxLoadPps(),
        stepRatio: z
          .number()
          .gt(0)
          .max(0.1)
          .describe("From one load to the next lower one, as a share of the maximum: 0.1 at most."),
        durationMs: durationMs(),
      })
      .describe("Loss ratio from the maximum load downwards until two successive loads lose nothing (RFC 2544 26.3)."),
    z
      .object({
        kind: z.literal("back-to-back"),
        loadPps: load().describe("Rate inside of a burst: packets per second or max."),
        maxBurstMs: z.number().positive().describe("Longest burst that is tried, in milliseconds."),
        resolution: z
          .number()
          .gt(0)
          .lt(1)
          .describe(
            "The search for the longest burst ends when the interval is this share of its upper end, or one packet.",
          ),
        repeats: z
          .int()
          .positive()
          .describe("How many times the search is run; the result is the mean (RFC 9004: 50)."),
        throughputPps: z
          .number()
          .positive()
          .optional()
          .describe(
            "Throughput without loss in packets per second, which empties the buffer during the burst; absent: no corrected buffer time.",
          ),
        maxTrials: z.int().positive().describe("The searches end after this many trials, finished or not."),
      })
      .describe("Longest burst without loss (RFC 9004, which updates RFC 2544 26.4)."),
    z
      .object({
        kind: z.literal("latency-profile"),
        of: z
          .union([z.number().positive(), searchMethodSchema])
          .describe(
            "The load that the shares are of: packets per second, or a search whose last goal's result it is (PDR).",
          ),
        shares: z
          .array(z.number().min(0).max(1))
          .min(1)
          .describe("Loads as shares of that load, as 0, 0.1, 0.5 and 0.9; none is below minLoadPps."),
        minLoadPps: minLoadPps(),
        durationMs: durationMs(),
        trials: trials().describe("How many trials at each load."),
      })
      .describe("Latency at shares of the throughput (as FD.io CSIT measures it)."),
    z
      .object({
        kind: z.literal("soak"),
        loadPps: load(),
        intervalMs: z
          .number()
          .positive()
          .describe("Length of each trial in milliseconds: one point of the time series."),
        totalMs: z.number().positive().describe("Sum of the intervals in milliseconds at which it ends."),
        stopWhen: z
          .object({
            lossRatioAbove: z
              .number()
              .min(0)
              .max(1)
              .optional()
              .describe("An interval that loses more than this ends it."),
            forwardingPpsBelow: z
              .number()
              .positive()
              .optional()
              .describe("An interval that forwards less than this ends it."),
          })
          .describe("What ends it early; empty: nothing does."),
      })
      .describe("One load for a long time, as a series of intervals."),
  ])
  .meta({ id: "method" });

/** How a lab is measured. Plain data with every parameter, so that a result can carry it. */
export type Method = Plain<z.infer<typeof methodSchema>>;
export type MethodKind = Method["kind"];
/** The method of one kind. */
export type MethodOf<K extends MethodKind> = Extract<Method, { readonly kind: K }>;

/** CSIT's lowest load: a trial of 1 s has over 9,000 packets, enough for percentiles up to the 99.9th. */
export const DEFAULT_MIN_LOAD_PPS = 9001;
/** CSIT's shares for latency: the lowest load, then light, half and nearly full load. */
export const LATENCY_SHARES: readonly number[] = [0, 0.1, 0.5, 0.9];
/** Trials after which a search gives up: twice what a search for two goals of 21 s takes on a noisy system. */
export const DEFAULT_MAX_TRIALS = 400;
