import { z } from "zod";
import { choice, flag, integer } from "./leaf.ts";
import { MOST_QUEUES, VIRTIO_RINGS } from "./topology.ts";

/** Queues of an NF's ports. */
export function queues() {
  return integer(1, MOST_QUEUES, "", {
    title: "Queues",
    description: `Receive queues, and transmit queues, of each vhost-user port of the NF, 1 to ${MOST_QUEUES}; other datapaths have one.`,
    examples: [1, 2],
  });
}

/** What virtio-user and the switch agree on for their rings. What is not given follows from what is: see `virtioSpec` in draft.ts. */
export const virtioSchema = z
  .strictObject({
    ring: choice(VIRTIO_RINGS, {
      title: "Ring",
      description:
        "split: the three arrays of virtio 1.0. packed, the default: the one array of virtio 1.1, which touches fewer cache lines.",
      examples: ["split", "packed"],
    }).optional(),
    inOrder: flag({
      title: "In order",
      description:
        "Whether buffers come back in the order in which they were given, so that less is kept of each; true unless a split ring is vectorised.",
      examples: [true],
    }).optional(),
    mergeable: flag({
      title: "Mergeable buffers",
      description:
        "Whether a frame may lie in several buffers. False unless given: the buffers of the built-in NFs hold the largest frame of the traffic.",
      examples: [false],
    }).optional(),
    vectorised: flag({
      title: "Vectorised",
      description:
        "Whether the driver handles packets with vector instructions; not with mergeable buffers, on a split ring not in order, on a packed one only in order and with AVX-512. Unless given, packed rings are where the CPUs can.",
      examples: [true],
    }).optional(),
  })
  .meta({
    title: "Virtio rings",
    description: "How the NF's vhost-user ports use their rings; only for built-in NFs, and without effect elsewhere.",
    examples: [{ ring: "split" }, { ring: "split", vectorised: true }, { mergeable: true }],
  });
