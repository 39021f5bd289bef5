import { z } from "zod";
import { choice, quantity } from "./leaf.ts";
import { CARRIERS, LIMIT_PLACES, TUNNEL_KINDS } from "./topology.ts";
import { BIT_RATE, WORKING_SET } from "./units.ts";

/* A hop of a chain: its datapath, and how much it lets through. */

const bitRate = quantity(
  BIT_RATE,
  { base: "bps", min: "1Mbps", max: "100Gbps", offer: ["kbps", "Mbps", "Gbps"] },
  {
    title: "Rate",
    description:
      "Bits per second of frames with their FCS (layer 2), from 1Mbps to 100Gbps, whatever the switch itself counts.",
    examples: ["1Gbps", "250Mbps"],
  },
);

const limit = z
  .union([
    bitRate,
    z.strictObject({
      rate: bitRate,
      burst: quantity(
        WORKING_SET,
        { base: "B", min: "2KiB", max: "1GiB", offer: ["KiB", "MiB"] },
        {
          title: "Burst",
          description: "What may pass at once after a pause; what passes in 20 ms if not given.",
          examples: ["64KiB", "1MiB"],
        },
      ).optional(),
      at: choice(LIMIT_PLACES, {
        title: "Where the rate is held",
        description:
          "egress: where packets go on to the next NF (a policer on vhost-user, a queue of the kernel's on docker-bridge, macvlan and host). ingress: where the switch takes them from the NF. meter: by an OpenFlow meter in the flow rule. The last two only on vhost-user.",
        examples: ["egress", "ingress"],
      }).prefault("egress"),
    }),
  ])
  .meta({
    title: "Limit",
    description: "The most that the hop lets through: a rate, or a map with rate, burst and at.",
    examples: ["1Gbps", { rate: "250Mbps", burst: "256KiB", at: "ingress" }],
  });

const carrier = choice([...CARRIERS, ...TUNNEL_KINDS, "default"] as const, {
  title: "Datapath of the hop",
  description:
    "What carries packets over this hop; `default` stands for the datapath of the chain, or else of the file. A hop from one host to another takes vxlan, geneve, nic, overlay, or `default` for what `between` says.",
  examples: ["vhost-user", "default", "vxlan"],
});

/** One hop of the file: a datapath, or a map with more. */
export const hopSchema = z
  .union([carrier, z.strictObject({ datapath: carrier.prefault("default"), limit: limit.optional() })])
  .meta({
    title: "Hop",
    description: "The datapath of the hop, or a map with datapath and limit.",
    examples: ["vhost-user", { limit: "1Gbps" }, { datapath: "docker-bridge", limit: "100Mbps" }],
  });
