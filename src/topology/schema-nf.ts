import { z } from "zod";
import { choice, flag, integer, text } from "./leaf.ts";
import { hostAccessKeys } from "./schema-host-access.ts";
import { impairKeys } from "./schema-impair.ts";
import { environmentName, imageReference, memory, queueSize, workingSet } from "./schema-values.ts";
import { queues, virtioSchema } from "./schema-virtio.ts";
import { APPS, FORWARD_MODES, KERNEL_DRIVERS, TRANSPORTS } from "./topology.ts";

const memifSchema = z
  .strictObject({
    zeroCopy: flag({
      title: "Zero-copy",
      description:
        "Packets come over memif straight into the NF's own buffers: one copy a hop instead of two; only with app stats and l2fwd.",
      examples: [true],
    }).prefault(false),
  })
  .meta({
    title: "Receiving over memif",
    description: "How the NF receives over memif; ports of other datapaths take no notice.",
    examples: [{ zeroCopy: true }],
  });

const work = z
  .strictObject({
    cycles: integer(0, 1_000_000, "cycles", {
      title: "Cycles",
      description: "TSC cycles that each packet costs, besides being passed on.",
      examples: [200],
    }).prefault(0),
    memory: workingSet().prefault("0KiB"),
  })
  .meta({
    title: "Work",
    description:
      "Stands for the cost of a real function: cycles burnt and memory walked through for each packet; only with app l2fwd.",
    examples: [{ cycles: 200 }, { cycles: 500, memory: "8MiB" }],
  });

const dropRule = z
  .strictObject({
    every: integer(1, 1_000_000_000, "packets", {
      title: "Every",
      description: "Of the packets that match, only each that comes at this place is dropped: 1 drops all.",
      examples: [1, 100],
    }).prefault(1),
    sourcePort: integer(0, 65_535, "", {
      title: "Source port",
      description: "Matches packets from this UDP or TCP port; any if not given.",
      examples: [1024],
    }).optional(),
    destinationPort: integer(0, 65_535, "", {
      title: "Destination port",
      description: "Matches packets to this UDP or TCP port; any if not given.",
      examples: [9],
    }).optional(),
    transport: choice(TRANSPORTS, {
      title: "Transport layer",
      description: "Matches packets of this transport layer; any if not given.",
      examples: ["udp"],
    }).optional(),
  })
  .meta({
    title: "Drop rule",
    description: "Packets that l2fwd drops on purpose; its counters tell them apart from lost ones.",
    examples: [{ every: 100 }, { sourcePort: 1024 }],
  });

/** One NF of the file. */
export const nfSchema = z
  .strictObject({
    app: choice(APPS, {
      title: "Built-in NF",
      description:
        "pktgen sends and timestamps packets, l2fwd passes them on, impair does so like a bad line, stats receives and counts them, testpmd is DPDK's own tool with arguments of yours. Give this or image.",
      examples: ["pktgen", "l2fwd"],
    }).optional(),
    image: imageReference({
      title: "Image of your own",
      description: "Docker image of the NF. Give this or app.",
      examples: ["registry.example.org/nf:1.2"],
    }).optional(),
    command: z
      .array(
        text("a word of the command", 4096, {
          title: "Argument",
          description: "One argument, passed as it is: no shell reads it.",
          examples: ["--verbose"],
        }),
      )
      .meta({
        title: "Command",
        description:
          "The container's command, one list entry for each argument; only with image. The image's own if not given.",
        examples: [["/usr/bin/my-nf", "--verbose"]],
      })
      .optional(),
    args: z
      .array(
        text("an argument", 4096, {
          title: "Argument",
          description: "One argument, passed as it is: no shell reads it.",
          examples: ["--forward-mode=macswap"],
        }),
      )
      .meta({
        title: "Arguments of testpmd",
        description: "What follows testpmd's `--`; only with app testpmd. Ports and CPUs are given by corebed.",
        examples: [["--forward-mode=io", "--burst=64"]],
      })
      .optional(),
    env: z
      .record(
        environmentName(),
        text("the value", 32_768, {
          title: "Value",
          description: "Value of the variable, as text.",
          examples: ["debug"],
        }),
      )
      .meta({
        title: "Environment",
        description:
          "Environment variables of the container; only with image. Results and plans show their names and hide their values.",
        examples: [{ LOG_LEVEL: "debug" }],
      })
      .prefault({}),
    ...hostAccessKeys,
    mode: choice(FORWARD_MODES, {
      title: "Forwarding",
      description:
        "rewrite gives packets the addresses of the next NF; macswap exchanges source and destination MAC; only with app l2fwd and impair.",
      examples: ["rewrite", "macswap"],
    }).optional(),
    drop: z
      .array(dropRule)
      .meta({
        title: "Drop rules",
        description: "What l2fwd drops on purpose; the first rule that matches decides.",
        examples: [[{ every: 100 }]],
      })
      .optional(),
    work: work.optional(),
    ...impairKeys,
    queueSize: queueSize().prefault(1024),
    driver: choice(KERNEL_DRIVERS, {
      title: "Driver of kernel interfaces",
      description:
        "What a built-in NF sends and receives with where its port is an interface of the kernel: af-packet (packet sockets with mapped rings) or af-xdp (AF_XDP sockets). If not given, the one that serves best on the datapath.",
      examples: ["af-packet", "af-xdp"],
    }).optional(),
    queues: queues().prefault(1),
    virtio: virtioSchema.optional(),
    memif: memifSchema.optional(),
    memory: memory().prefault("64MiB"),
  })
  .meta({
    title: "NF",
    description: "One network function: a container with ports, either a built-in app or an image of your own.",
    examples: [{ app: "pktgen" }, { image: "registry.example.org/nf:1.2", command: ["/usr/bin/my-nf"] }],
  });
