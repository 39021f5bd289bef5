import { z } from "zod";
import { choice, integer, quantity, text } from "./leaf.ts";
import { decimal } from "./schema-values.ts";
import { FLOW_CHOICES, FLOW_FIELDS } from "./topology.ts";
import { frames, rate } from "./traffic-values.ts";
import { TIME } from "./units.ts";

const MOST_FLOWS = 1_000_000;

const flowCount = integer(1, MOST_FLOWS, "", {
  title: "Number of flows",
  description: "How many different flows each generator sends, 1 to 1000000.",
  examples: [1, 1000],
});

const flows = z
  .union([
    flowCount,
    z.strictObject({
      count: flowCount,
      choice: choice(FLOW_CHOICES, {
        title: "Choice",
        description:
          "Which flow the next packet belongs to: round-robin takes each in turn, uniform each as likely as the others, zipf few often and many seldom.",
        examples: ["zipf"],
      }).prefault("round-robin"),
      skew: decimal(0.1, 3, {
        title: "Skew",
        description: "Exponent of Zipf's law: flow k comes in proportion to 1/k^skew, 0.1 to 3; only with choice zipf.",
        examples: [1, 1.2],
      }).prefault(1),
      vary: choice(FLOW_FIELDS, {
        title: "What varies",
        description:
          "What tells flows apart: port (UDP or TCP ports) or address (IP addresses). A docker bridge drops addresses outside of its network.",
        examples: ["port", "address"],
      }).prefault("port"),
    }),
  ])
  .meta({
    title: "Flows",
    description: "How many flows, or a map with count, choice, skew and vary.",
    examples: [1, 1000, { count: 100_000, choice: "zipf", skew: 1.1 }],
  });

/** `traffic:` of the file. */
export const trafficSchema = z
  .strictObject({
    frame: frames({
      title: "Frame size",
      description:
        "Bytes of each Ethernet frame with its 4-byte FCS, 64 to 9018; a list of sizes; imix (7x64 + 4x570 + 1x1518); or a genome of your own.",
      examples: [64, [64, 512, 1518], "imix", "3x128 + 1x1518"],
    }).prefault(64),
    flows: flows.prefault(1),
    rate: rate({
      title: "Offered rate",
      description:
        "What each generator offers: packets per second (pps, kpps, Mpps), bits per second of frames (Gbps, or Gbps L1 with preamble and gap), a share of a line (50% of 10GbE), or max.",
      examples: ["max", "1Mpps", "2Gbps", "50% of 10GbE"],
    }).prefault("max"),
    direction: choice(["one", "both"] as const, {
      title: "Direction",
      description: "one: from the first NF of each chain to the last. both: the last sends to the first as well.",
      examples: ["one", "both"],
    }).prefault("one"),
    vlan: integer(1, 4094, "", {
      title: "VLAN",
      description: "VLAN id of an 802.1Q tag on every frame, 1 to 4094; no tag if not given.",
      examples: [100],
    }).optional(),
    network: choice(["ipv4", "ipv6"] as const, {
      title: "Network layer",
      description: "Header after Ethernet's.",
      examples: ["ipv4", "ipv6"],
    }).prefault("ipv4"),
    transport: choice(["udp", "tcp"] as const, {
      title: "Transport layer",
      description: "Header after IP's. TCP segments are sent as they are, without connections.",
      examples: ["udp", "tcp"],
    }).prefault("udp"),
    pcap: text("the path of a capture", 4096, {
      title: "Capture to replay",
      description:
        "Capture file (pcap) whose frames are sent over and over in place of made ones; only their MAC addresses are changed. They carry no stamp, so there is no latency.",
      examples: ["captures/http.pcap"],
    }).optional(),
    duration: quantity(
      TIME,
      { base: "ms", min: "100ms", max: "24h", offer: ["ms", "s", "min", "h"] },
      {
        title: "Duration of a trial",
        description: "How long packets are counted, 100ms to 24h.",
        examples: ["2s", "500ms"],
      },
    ).prefault("2s"),
    warmup: quantity(
      TIME,
      { base: "ms", min: "0ms", max: "1h", offer: ["ms", "s", "min"] },
      {
        title: "Warm-up",
        description: "Traffic before each trial that is not counted: this long, and then until the rate is steady.",
        examples: ["500ms", "0ms"],
      },
    ).prefault("500ms"),
    burst: integer(1, 64, "packets", {
      title: "Burst",
      description: "Packets that the generator hands to its port at once, 1 to 64.",
      examples: [32],
    }).prefault(32),
  })
  .meta({
    title: "Traffic",
    description: "What the generators send, and for how long.",
    examples: [{ frame: 64, flows: 1, rate: "max", duration: "2s" }],
  });
