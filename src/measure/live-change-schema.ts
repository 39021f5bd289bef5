import { z } from "zod";
import type { Plain } from "./plain.ts";
import { count } from "./plain.ts";
import { plainly } from "./plain-schema.ts";

const milliseconds = () => z.number().nonnegative();

const arrivals = {
  durationMs: milliseconds().describe("How long it took."),
  receivedPackets: count().describe("Packets that arrived at the chain's end meanwhile."),
  longestGapMs: milliseconds().describe("Longest time without a packet at the chain's end, good to one per cent."),
};

const phaseSchema = z.object({
  phase: z
    .enum(["bring-up", "switch-over", "take-away"])
    .describe("New NFs come up beside the chain; its rules change; what nothing goes by any more is removed."),
  ...arrivals,
});

const chainSchema = z.object({
  chain: z.string().describe("Name of the chain."),
  direction: z.enum(["forward", "reverse"]).describe("Reverse is from the chain's last NF to its first."),
  path: z.array(z.string()).describe("Its NFs after the change."),
  blockedMs: milliseconds().describe("Longest time without a packet at the chain's end at the switch-over."),
  sentPackets: count().describe("Packets sent from before the change until after it."),
  receivedPackets: count().describe("Packets that arrived of these, duplicates included."),
  lostPackets: count().describe("Packets that did not arrive."),
  lostMs: milliseconds().describe("The time in which so many packets were sent."),
  reorderedPackets: count().describe("Packets that came after a later one."),
  duplicatePackets: count().describe("Packets that came more than once."),
  undisturbed: z
    .object({
      ...arrivals,
      sentPackets: count().describe("Packets sent of it, from its start on, while rates settle, to its end."),
      lostPackets: count().describe("Packets that did not arrive of these."),
    })
    .describe("The same traffic just before, while nothing changed: what the other figures are to be held against."),
  phases: z.array(phaseSchema).describe("The parts of the change in their order."),
});

/** What `corebed apply --live --json` prints. */
export const liveChangeSchema = z
  .object({
    schema: z.literal("corebed/live-change/1").describe("Kind and version of this document."),
    lab: z.string().describe("Name of the lab."),
    changed: z.boolean().describe("False if there was nothing to do; nothing was sent or measured then."),
    changes: z.array(z.string()).describe("What was done, such as `create nf:firewall`, in the plan's order."),
    chains: z.array(chainSchema).describe("What packets saw of it; all chains of the lab."),
  })
  .meta({
    title: "corebed live change",
    description: "A change of a lab while its packets flowed, and what they saw of it.",
  });

/** A change of a lab through which its packets went on, and what they saw of it. */
export type LiveChange = Plain<z.infer<typeof liveChangeSchema>>;
/** What the packets of one chain saw. */
export type LiveChain = LiveChange["chains"][number];
/** One part of a change. */
export type LivePhase = LiveChain["phases"][number];

/** The JSON Schema of it, for programs. */
export function liveChangeJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(liveChangeSchema, { io: "input", override: plainly });
}
