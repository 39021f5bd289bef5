import type { LiveChain, LivePhase } from "./live-change-schema.ts";

/** A receiver's counts so far, in a trial that goes on. */
export interface ArrivalCount {
  readonly received: number;
  /** `[lower edge in ns, packets]` of the times between packets. */
  readonly gaps: readonly (readonly [lowNs: number, count: number])[];
  readonly takenAtMs: number;
}

/** What arrived between two looks at a receiver, and how long nothing did at most. */
export function arrivalsBetween(before: ArrivalCount, after: ArrivalCount): Omit<LivePhase, "phase"> {
  return {
    durationMs: after.takenAtMs - before.takenAtMs,
    receivedPackets: after.received - before.received,
    longestGapMs: longestGapNs(before, after) / 1e6,
  };
}

/** The longest time between two packets of which the second came between the two looks. A bucket counts up only; its lower edge is less than one per cent short. */
function longestGapNs(before: ArrivalCount, after: ArrivalCount): number {
  const then = new Map(before.gaps);
  return after.gaps.reduce(
    (longest, [lowNs, count]) => (count > (then.get(lowNs) ?? 0) && lowNs > longest ? lowNs : longest),
    0,
  );
}

/** Everything that was counted of one chain while it changed. */
export interface LiveCounts {
  readonly chain: string;
  readonly direction: LiveChain["direction"];
  readonly path: readonly string[];
  readonly undisturbed: LiveChain["undisturbed"];
  readonly phases: readonly LivePhase[];
  readonly durationMs: number;
  readonly sent: number;
  readonly received: number;
  readonly reordered: number;
  readonly duplicates: number;
}

/**
 * How long a chain was blocked: the longest time without a packet at its end while the rules changed. What got lost is told in time as well, at the rate at which packets were
 * sent: both would be the same if packets were lost for as long as the chain was blocked, and not held.
 */
export function liveChain(counts: LiveCounts): LiveChain {
  const { sent, received, durationMs, duplicates } = counts;
  const lost = Math.max(0, sent - (received - duplicates));
  const perMs = sent / durationMs;
  return {
    chain: counts.chain,
    direction: counts.direction,
    path: [...counts.path],
    blockedMs: counts.phases.find(({ phase }) => phase === "switch-over")?.longestGapMs ?? 0,
    sentPackets: sent,
    receivedPackets: received,
    lostPackets: lost,
    lostMs: perMs > 0 ? lost / perMs : 0,
    reorderedPackets: counts.reordered,
    duplicatePackets: duplicates,
    undisturbed: counts.undisturbed,
    phases: counts.phases.map((phase) => ({ ...phase })),
  };
}
