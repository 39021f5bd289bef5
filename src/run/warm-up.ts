import { setTimeout as delay } from "node:timers/promises";
import { isSettled } from "../measure/settled.ts";
import type { NfStats } from "../rpc/nf-control/messages.ts";
import type { Driven } from "./traffic.ts";

/** Long enough to count some packets at any rate worth warming up for. */
const WINDOW_MS = 100;
/** A rate that has not settled this long after the warm-up of the file never will. */
const PATIENCE_MS = 1500;

/**
 * Waits, while traffic flows, for the time that the file gives and then until the rate at which packets arrive is steady.
 *
 * @returns whether it settled; true after an abort, which the trial tells by itself
 */
export async function warmUp(controls: Driven, warmupMs: number, signal: AbortSignal): Promise<boolean> {
  const receivers = controls.nfs.filter(({ app }) => app !== "pktgen");
  const startedAt = performance.now();
  const rates: number[] = [];
  let before: Look | undefined;
  for (;;) {
    await delay(WINDOW_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return true;
    const now = await look(receivers);
    if (before !== undefined) rates.push((now.packets - before.packets) / (now.atMs - before.atMs));
    before = now;
    const elapsedMs = now.atMs - startedAt;
    if (elapsedMs < warmupMs) continue;
    if (isSettled(rates)) return true;
    if (elapsedMs > warmupMs + PATIENCE_MS) return false;
  }
}

interface Look {
  readonly packets: number;
  readonly atMs: number;
}

async function look(receivers: Driven["nfs"]): Promise<Look> {
  const stats = await Promise.all(receivers.map(({ control }) => control.stats() as Promise<NfStats>));
  const packets = stats.reduce(
    (sum, { ports }) => sum + ports.reduce((taken, { rxPackets }) => taken + rxPackets, 0),
    0,
  );
  return { packets, atMs: performance.now() };
}
