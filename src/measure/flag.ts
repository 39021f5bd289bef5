import { z } from "zod";
import type { Plain } from "./plain.ts";

/** What can be said against a trial or an arm, most serious first. */
export const FLAG_CODES = [
  "incomplete",
  "nothing-sent",
  "unexplained-loss",
  "disturbed",
  "never-settled",
  "short-of-rate",
  "uneven-rate",
  "generator-bound",
  "shared-core",
  "folded",
  "note",
] as const;

export const flagSchema = z
  .object({
    code: z
      .enum(FLAG_CODES)
      .describe(
        "incomplete: the trial did not run to its end and is in no median. nothing-sent: no packet left the generator. unexplained-loss: packets in and out " +
          "differ by more than the counted drops. never-settled: the rate was not steady when the warm-up had to end. disturbed: the hypervisor or other threads took CPU time from a CPU of the lab. short-of-rate: the generator " +
          "sent under 99 % of the rate asked. uneven-rate: it sent the packets asked for, but some window of 100 ms was more than 1 % off the rate. generator-bound: throughput is within 5 % of what the generator can send at all. shared-core: several NFs " +
          "or an NF and the switch share a CPU. folded: the affinity map was folded onto fewer CPUs. note: anything else.",
      ),
    message: z.string().describe("One sentence with the figures in it."),
  })
  .meta({ id: "flag" });

/** A reservation about a figure: shown with it, never a reason to drop it silently. */
export type Flag = Plain<z.infer<typeof flagSchema>>;
export type FlagCode = Flag["code"];
