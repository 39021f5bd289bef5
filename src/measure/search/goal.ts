import { z } from "zod";
import type { Plain } from "../plain.ts";

export const goalSchema = z
  .object({
    name: z.string().min(1).describe("Name of the goal, as 'NDR'; unique in a search."),
    lossRatio: z.number().min(0).lt(1).describe("Loss ratio above which a trial counts as a lossy one."),
    exceedRatio: z
      .number()
      .min(0)
      .lt(1)
      .describe("Share of the trials' duration at a load that may be lossy, for the load to be still a lower bound."),
    finalTrialDurationMs: z.number().positive().describe("Shortest trial that proves a lower bound, in milliseconds."),
    durationSumMs: z
      .number()
      .positive()
      .describe("Effective duration of the trials at a load, in milliseconds, that always decides what the load is."),
    width: z
      .number()
      .gt(0)
      .lt(1)
      .describe("Relative width that the interval may have at the end: (upper - lower) / upper."),
    initialTrialDurationMs: z
      .number()
      .positive()
      .describe("Length of the first, probing trials in milliseconds; finalTrialDurationMs where the two are equal."),
  })
  .meta({ id: "searchGoal", description: "What a throughput search looks for, in the terms of RFC 9971." });

/** What a throughput search looks for (RFC 9971, search goal). */
export type Goal = Plain<z.infer<typeof goalSchema>>;

type Shape = Omit<Goal, "name" | "lossRatio">;

const CSIT: Shape = {
  exceedRatio: 0.5,
  finalTrialDurationMs: 1000,
  durationSumMs: 21_000,
  width: 0.005,
  initialTrialDurationMs: 1000,
};
const QUICK: Shape = { ...CSIT, durationSumMs: 4580, initialTrialDurationMs: 250 };
const RFC2544: Shape = {
  exceedRatio: 0,
  finalTrialDurationMs: 60_000,
  durationSumMs: 60_000,
  width: 0.005,
  initialTrialDurationMs: 1000,
};
const TST009: Shape = { ...RFC2544, exceedRatio: 0.5, durationSumMs: 120_000 };

/**
 * Goals that others use, under the names they have there. `csit`: FD.io CSIT's non-drop rate and partial drop rate. `quick`: the same two in a fifth of
 * the time, for continuous integration. `rfc2544`: one loss-free trial of 60 s (RFC 2544 24 and 26.1). `tst009`: the same where
 * one lossy trial is repeated once (ETSI GS NFV-TST 009, 12.3.3, binary search with loss verification).
 */
export const GOAL_PRESETS = {
  csit: [
    { name: "NDR", lossRatio: 0, ...CSIT },
    { name: "PDR", lossRatio: 0.005, ...CSIT },
  ],
  quick: [
    { name: "NDR", lossRatio: 0, ...QUICK },
    { name: "PDR", lossRatio: 0.005, ...QUICK },
  ],
  rfc2544: [{ name: "throughput", lossRatio: 0, ...RFC2544 }],
  tst009: [{ name: "throughput", lossRatio: 0, ...TST009 }],
} as const satisfies Readonly<Record<string, readonly Goal[]>>;

export type GoalPreset = keyof typeof GOAL_PRESETS;
