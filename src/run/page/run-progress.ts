import { z } from "zod";
import type { Plain } from "../../measure/plain.ts";
import { RESULT_KINDS } from "../../measure/result.ts";

const count = () => z.int().nonnegative();
const rate = () => z.number().nonnegative();

const progressSchema = z
  .object({
    schema: z.literal("corebed/progress/1"),
    pid: z.int().positive(),
    /** Ticks from the boot to the process' start: tells it from a later one with the same number. */
    startTime: z.string(),
    command: z.enum(RESULT_KINDS),
    topology: z.string(),
    labs: z.array(z.string()).readonly(),
    startedAt: z.iso.datetime(),
    /** Where the result file will be. */
    resultPath: z.string(),
    /** The trial under way; absent before the first and between two. */
    trial: z
      .object({
        arm: z.string(),
        lab: z.string(),
        purpose: z.string(),
        /** From 1. */
        number: z.int().positive(),
        total: z.int().positive().exactOptional(),
        startedAt: z.iso.datetime(),
        /** Warm-up and traffic as asked for; what is read before and after comes on top. */
        durationMs: z.number().nonnegative(),
        askedPps: rate().exactOptional(),
      })
      .readonly()
      .exactOptional(),
    /** When the last trial should be over; absent while a search cannot say. */
    endsAt: z.iso.datetime().exactOptional(),
    /** Trials that are over, in all. */
    done: count(),
    arms: z
      .array(
        z
          .object({
            name: z.string(),
            trials: count(),
            /** Of the usable trials. */
            medianPps: rate().exactOptional(),
            medianLossRatio: z.number().exactOptional(),
            medianP50Ns: rate().exactOptional(),
            medianP99Ns: rate().exactOptional(),
          })
          .readonly(),
      )
      .readonly(),
    /** The last ones. */
    trials: z
      .array(
        z
          .object({
            /** From 1. */
            number: z.int().positive(),
            arm: z.string(),
            purpose: z.string(),
            throughputPps: rate(),
            lossRatio: z.number(),
            p50Ns: rate().exactOptional(),
            p99Ns: rate().exactOptional(),
            usable: z.boolean(),
          })
          .readonly(),
      )
      .readonly(),
  })
  .readonly();

/** What a command that measures tells about itself while it runs. */
export type RunProgress = Plain<z.infer<typeof progressSchema>>;

/** Undefined if the text is no progress that this corebed understands. */
export function parseProgress(text: string): RunProgress | undefined {
  try {
    return progressSchema.safeParse(JSON.parse(text)).data as RunProgress | undefined;
  } catch {
    return undefined;
  }
}
