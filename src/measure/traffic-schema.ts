import { z } from "zod";
import { FLOW_CHOICES, FLOW_FIELDS, type TrafficSpec } from "../topology/topology.ts";
import type { Plain } from "./plain.ts";
import { count } from "./plain.ts";

export const trafficSchema = z
  .object({
    frames: z
      .array(
        z.object({
          bytes: count().describe("Size of the frame in bytes, with the 4-byte FCS."),
          weight: count().describe("Frames of this size in one cycle."),
        }),
      )
      .describe(
        "The genome: frame sizes and how often each comes (RFC 6985); one entry for frames that are all alike.",
      ),
    flows: z.object({
      count: count().describe("Different flows of each generator."),
      choice: z.enum(FLOW_CHOICES).describe("Which flow the next packet belongs to."),
      skew: z.number().positive().describe("Exponent of Zipf's law; of no meaning for other choices."),
      vary: z.enum(FLOW_FIELDS).describe("What tells flows apart."),
    }),
    ratePps: z
      .number()
      .positive()
      .optional()
      .describe(
        "Packets per second asked of each chain and direction; absent for max: as many as the first port takes.",
      ),
    direction: z.enum(["one", "both"]).describe("both: the last NF of each chain sends too."),
    vlan: count().optional().describe("VLAN id of the tag on every frame; absent without a tag."),
    network: z.enum(["ipv4", "ipv6"]),
    transport: z.enum(["udp", "tcp"]),
    pcap: z.string().optional().describe("Capture whose frames are sent; frames and flows then do not matter."),
    burst: count().describe("Packets that the generator hands to its port at once, at most."),
    warmupMs: z.number().nonnegative().describe("Traffic before each trial that is not counted, in milliseconds."),
  })
  .meta({ id: "traffic" });

/** What was sent, as a result tells it. */
export type Traffic = Plain<z.infer<typeof trafficSchema>>;

/** The traffic of a lab, in the form of a result. */
export function trafficOf(spec: TrafficSpec): Traffic {
  const { frames, flows, ratePps, direction, vlan, network, transport, pcap, burst, warmupMs } = spec;
  return {
    frames,
    flows,
    ...(ratePps !== undefined && { ratePps }),
    direction,
    ...(vlan !== undefined && { vlan }),
    network,
    transport,
    ...(pcap !== undefined && { pcap }),
    burst,
    warmupMs,
  };
}
