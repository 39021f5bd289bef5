import { z } from "zod";
import type { Plain } from "./plain.ts";
import { count } from "./plain.ts";

const dropSchema = z.object({
  reason: z
    .string()
    .describe("Why the packets were dropped, in words that fit after a number: 'ring of the sink full'."),
  counter: z.string().describe("Where the number comes from: 'OVSDB Interface vhu-sink ovs_tx_failure_drops'."),
  packets: count().describe("Packets that this counter says were dropped."),
});

export const lossSchema = dropSchema.extend({ at: z.string().describe("The place that the packets did not reach.") });

const pointSchema = z.object({
  at: z.string().describe("The place: 'switch port gen'."),
  counter: z.string().describe("Where the number comes from: 'OVSDB Interface vhu-gen rx_packets'."),
  packets: count().describe("Packets of this trial counted at this place."),
  drops: z.array(dropSchema).describe("Counted drops on the way from the place before to this one."),
  copies: count()
    .optional()
    .describe("Packets that were sent twice on purpose on the way from the place before to this one; absent for none."),
  unexplained: z
    .int()
    .describe(
      "packets of the place before + copies - packets here - counted drops here: 0 where every packet is accounted for, positive where packets went missing " +
        "without a counter, negative where more came than went in (foreign or duplicated packets). 0 at the first place.",
    ),
});

export const ledgerSchema = z
  .object({
    points: z
      .array(pointSchema)
      .describe("The chain as a line of places where packets are counted, in the order that packets pass them."),
    droppedByReason: z.array(lossSchema).describe("Every drop that is not zero, most packets first."),
    dropped: count().describe("All counted drops: the sum of droppedByReason."),
    unexplained: z
      .int()
      .describe(
        "Packets of the first place + copies - packets of the last - dropped: the sum of unexplained over the places.",
      ),
    balanced: z.boolean().describe("Whether unexplained is 0 at every place."),
  })
  .meta({ id: "ledger" });

/** Where the packets of one chain went in one trial: packets in = packets out + counted drops + unexplained, at every step. */
export type Ledger = Plain<z.infer<typeof ledgerSchema>>;
export type LedgerPoint = Ledger["points"][number];
export type Drop = LedgerPoint["drops"][number];
/** Reason of the drop of a packet that no generator of corebed's sent: the last NF counts it apart. */
export const FOREIGN = "carried no stamp of a generator";

/** How the reason of every drop of a policer, a meter or a token bucket ends. */
export const OVER_LIMIT = "over the limit of the hop";

/** A place where packets are counted, with the drops counted on the way to it from the place before. */
export type CountingPoint = Omit<LedgerPoint, "unexplained">;

/**
 * Balances a line of counting points against each other. Counters are read after traffic has drained, so any step that does not come out at exactly
 * zero is a packet that nobody counted. Drops at the first point have no step to belong to and are refused.
 */
export function balance(points: readonly CountingPoint[]): Ledger {
  if (points[0]?.drops.some((drop) => drop.packets > 0)) {
    throw new Error(`internal: drops at ${points[0].at}, the first place of a ledger`);
  }
  const balanced = points.map((point, index): LedgerPoint => {
    const before = points[index - 1]?.packets ?? point.packets;
    return {
      ...point,
      unexplained: before + (point.copies ?? 0) - point.packets - sum(point.drops.map((drop) => drop.packets)),
    };
  });
  const droppedByReason = points
    .flatMap((point) => point.drops.map((drop) => ({ ...drop, at: point.at })))
    .filter((drop) => drop.packets > 0)
    .sort((a, b) => b.packets - a.packets);
  return {
    points: balanced,
    droppedByReason,
    dropped: sum(droppedByReason.map((drop) => drop.packets)),
    unexplained: sum(balanced.map((point) => point.unexplained)),
    balanced: balanced.every((point) => point.unexplained === 0),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
