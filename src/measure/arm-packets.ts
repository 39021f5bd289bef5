import type { Arm } from "./result.ts";
import type { Trial } from "./trial.ts";

type Packets = Arm["packets"];

/** The ledgers of several trials added up: what was offered, what arrived, and where the rest went, by place and reason. */
export function armPackets(trials: readonly Trial[]): Packets {
  const chains = trials.flatMap((trial) => trial.chains);
  const drops = new Map<string, Packets["droppedByReason"][number]>();
  const unexplained = new Map<string, Packets["unexplained"][number]>();
  for (const { ledger } of chains) {
    for (const drop of ledger.droppedByReason) {
      const key = JSON.stringify([drop.reason, drop.at, drop.counter]);
      drops.set(key, { ...drop, packets: drop.packets + (drops.get(key)?.packets ?? 0) });
    }
    ledger.points.forEach((point, index) => {
      const before = ledger.points[index - 1];
      if (before === undefined || point.unexplained === 0) return;
      const key = JSON.stringify([before.at, point.at]);
      const packets = point.unexplained + (unexplained.get(key)?.packets ?? 0);
      unexplained.set(key, { after: before.at, before: point.at, packets });
    });
  }
  return {
    offered: chains.reduce((sum, chain) => sum + chain.offered, 0),
    received: chains.reduce((sum, chain) => sum + chain.received, 0),
    droppedByReason: [...drops.values()].sort((a, b) => b.packets - a.packets),
    unexplained: [...unexplained.values()],
  };
}
