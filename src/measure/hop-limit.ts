import { z } from "zod";
import { LIMIT_PLACES } from "../topology/topology.ts";
import type { Plain } from "./plain.ts";

export const hopLimitSchema = z
  .object({
    from: z.string().describe("NF that the hop comes from."),
    to: z.string().describe("NF that the hop goes to."),
    at: z.enum(LIMIT_PLACES).describe("Where the rate is held."),
    askedBps: z.number().positive().describe("What the topology lets through, in bit/s of frames with their FCS."),
    offeredBps: z.number().nonnegative().describe("What came to the hop, in the same bits."),
    achievedBps: z
      .number()
      .nonnegative()
      .describe(
        "What the NF behind the hop got, in the same bits, over the time from the first to the last packet of the receiver (or of the sending interval, " +
          "where the receiver tells none). A bucket that was full at first lets its burst through besides.",
      ),
  })
  .meta({ id: "hopLimit" });

/** What one limited hop let through in one trial, beside what it was asked to. */
export type HopLimit = Plain<z.infer<typeof hopLimitSchema>>;
