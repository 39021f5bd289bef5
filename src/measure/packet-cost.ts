import type { Arm } from "./result.ts";
import { median } from "./summary.ts";
import type { Trial } from "./trial.ts";

/** What one delivered packet costs whoever handles it, in TSC cycles. */
export interface PacketCost {
  /** All of `parts`. */
  readonly cycles: number;
  /** The switch's poll-mode threads together, then each NF in the order of the affinity map. */
  readonly parts: readonly { readonly owner: string; readonly cycles: number }[];
}

/**
 * Busy cycles of poll-mode threads and workers for each packet that arrived, as medians over the usable trials: turns without packets cost nothing here, and what
 * the kernel does on interrupts is in it only as far as it interrupts a worker. Undefined where no trial delivered anything, or nobody counted cycles.
 */
export function packetCost(arm: Arm): PacketCost | undefined {
  const trials = arm.trials.filter((trial) => trial.usable && received(trial) > 0);
  const [first] = trials;
  if (first === undefined) return undefined;
  const perPacket = (cycles: (trial: Trial) => number) =>
    median(trials.map((trial) => cycles(trial) / received(trial)));
  const ofSwitch = (trial: Trial) => trial.pmds.reduce((sum, { busyCycles }) => sum + busyCycles, 0);
  const ofNf = (name: string) => (trial: Trial) => trial.hygiene.nfs.find(({ nf }) => nf === name)?.busyCycles ?? 0;
  const names = first.hygiene.nfs.map(({ nf }) => nf);
  const parts = [
    ...(first.pmds.length > 0 ? [{ owner: "switch", cycles: perPacket(ofSwitch) }] : []),
    ...names.map((owner) => ({ owner, cycles: perPacket(ofNf(owner)) })),
  ];
  if (parts.length === 0) return undefined;
  const all = (trial: Trial) => names.reduce((sum, name) => sum + ofNf(name)(trial), ofSwitch(trial));
  return { cycles: perPacket(all), parts };
}

function received({ chains }: Trial): number {
  return chains.reduce((sum, chain) => sum + chain.received, 0);
}
