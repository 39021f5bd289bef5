import { z } from "zod";
import type { Plain } from "./plain.ts";
import { count } from "./plain.ts";

const flowSchema = z.object({
  flow: count().describe("Number of the flow, from 0: of its port or address."),
  packets: count().describe("Packets of the flow that arrived."),
  bytes: count().describe("Their bytes, each with its FCS."),
  lost: count().describe("Packets of the flow that were sent and did not arrive, up to the last that did."),
  reordered: count().describe("Packets that came after a later one of any flow."),
  duplicates: count().describe("Packets that came more than once."),
});

export const receiverSchema = z
  .object({
    interArrivalNs: z
      .object({
        min: count().describe("Shortest time between two packets in nanoseconds."),
        p50: count().describe("Median."),
        p99: count().describe("99th percentile."),
        max: count().describe("Longest."),
      })
      .optional()
      .describe(
        "Time between packets; packets of one burst come at the same moment. Absent with fewer than two packets.",
      ),
    sizes: z.array(z.tuple([count(), count()])).describe("[bytes with the FCS, packets] of every size that came."),
    protocols: z
      .record(z.string(), count())
      .describe("Packets by what their headers say; one packet counts for each of its headers."),
    reorder: z
      .object({
        maxExtent: count().describe("How many packets ago the first later one came, at most (RFC 4737 4.2)."),
        nReordered: z
          .array(count())
          .describe(
            "[n - 1]: packets that came right after n later ones (RFC 4737 5.4); zeros at the end are left out.",
          ),
      })
      .optional()
      .describe("How far packets were out of order; absent where none was."),
    flows: z
      .object({
        seen: count().describe("Flows of which a packet came."),
        expected: count().describe("Flows of which a packet was sent, up to the last that came."),
        withLoss: count().describe("Flows that lost packets."),
        top: z.array(flowSchema).describe("The flows with the most packets."),
        worst: z.array(flowSchema).describe("The flows that lost most; empty where none did."),
      })
      .optional()
      .describe("By flow; absent where there is one flow, or flows are those of a capture."),
  })
  .meta({ id: "receiver" });

/** What the last NF of a chain saw besides packets and latency. */
export type Receiver = Plain<z.infer<typeof receiverSchema>>;
