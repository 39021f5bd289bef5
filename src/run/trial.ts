import { setTimeout as delay } from "node:timers/promises";
import { controlledApp, type Lab } from "../lab/lab.ts";
import { makeTrial } from "../measure/make-trial.ts";
import type { Trial } from "../measure/trial.ts";
import type { NfStats } from "../rpc/nf-control/messages.ts";
import { readClocks } from "./clocks.ts";
import type { DrivenLab } from "./live.ts";
import { measurementOf } from "./measurement-of.ts";
import { takeSamples } from "./sample.ts";
import type { TrialRequest } from "./test-bed.ts";
import { type Driven, startGenerators, startReceivers, stopGenerators, stopReceivers } from "./traffic.ts";
import { warmUp } from "./warm-up.ts";

/** A burst is sent as fast as it goes: what it takes longer than planned. */
const BURST_MARGIN_MS = 50;

/** Two equal looks this far apart mean that nothing is on its way any more. */
const DRAIN_INTERVAL_MS = 20;
const DRAIN_TIMEOUT_MS = 3_000;

/**
 * Drives one trial on a lab that is up: traffic that does not count, until caches are warm; then the traffic that does; then waits until the last packet
 * has arrived and reads all counters. Counters are read only while nothing flows, so that they can be compared to the packet.
 *
 * On an abort the generators are stopped, and the trial is marked incomplete with what was counted until then.
 */
export async function driveTrial(
  controls: DrivenLab,
  request: TrialRequest,
  stamp: number,
  ceilingPps: number | undefined,
): Promise<Trial> {
  const { lab } = controls;
  const warm = lab.traffic.warmupMs === 0 || (await settle(controls, request, stamp));
  const clocksBefore = await readClocks(controls);
  await startReceivers(controls, { ...request, stamp: stamp + 1 }, clocksBefore);
  const before = await takeSamples(controls, NEVER);
  const interrupted = await send(controls, request, stamp + 1, request.durationMs);
  const settled = await drained(controls);
  const after = await takeSamples(controls, NEVER);
  const clocks = { before: clocksBefore, after: await readClocks(controls) };
  await stopReceivers(controls);
  const incomplete = interrupted
    ? "The trial was interrupted before its end."
    : settled
      ? undefined
      : `Packets still arrived ${DRAIN_TIMEOUT_MS / 1000} s after the generator had stopped.`;
  return makeTrial(measurementOf({ controls, request, incomplete, before, after, clocks, ceilingPps, warm }));
}

/** Traffic that does not count, at the rate of the trial, until it flows evenly; false if it never did. */
async function settle(controls: DrivenLab, request: TrialRequest, stamp: number): Promise<boolean> {
  const { ratePps, signal } = request;
  if (signal.aborted) return true;
  await startReceivers(controls, { ratePps, stamp });
  let settled: boolean;
  try {
    await startGenerators(controls, { ratePps, stamp });
    settled = await warmUp(controls, controls.lab.traffic.warmupMs, signal);
  } finally {
    await stopGenerators(controls);
  }
  // What is still under way when counting begins would be received without having been sent.
  return (await drained(controls)) && settled;
}

/** Counters are read after an interruption too: what was counted is kept. */
const NEVER = new AbortController().signal;

/** Sends for a time, or as many packets as are asked for; true if it was cut short. The generators are stopped whatever happens. */
async function send(
  controls: DrivenLab,
  { ratePps, packets, signal }: TrialRequest,
  stamp: number,
  durationMs: number,
): Promise<boolean> {
  if (signal.aborted) return true;
  try {
    await startGenerators(controls, { ratePps, stamp, packets });
    await delay(packets === undefined ? durationMs : durationMs + BURST_MARGIN_MS, undefined, { signal }).catch(
      () => undefined,
    );
  } finally {
    await stopGenerators(controls);
  }
  return signal.aborted;
}

/**
 * Waits until no NF takes in packets any more, though it looked for some; false if that did not come in time. A program that is none of corebed's
 * does not stop sending: there is no such moment then, and the counters are read while packets flow.
 */
export async function drained(controls: Driven): Promise<boolean> {
  if (hasForeignSender(controls.lab)) return true;
  const deadline = performance.now() + DRAIN_TIMEOUT_MS;
  let before: readonly NfStats[] = [];
  while (performance.now() < deadline) {
    const now = await Promise.all(controls.nfs.map(({ control }) => control.stats() as Promise<NfStats>));
    const idle = (nf: NfStats, place: number): boolean => {
      const then = before[place];
      if (then === undefined || takenIn(nf) !== takenIn(then)) return false;
      // What waits in a bad line is still under way.
      if ("waiting" in nf.app && nf.app.waiting > 0) return false;
      // An NF that had no CPU meanwhile took nothing in either: only one that polled and found nothing has nothing left to find.
      return controls.nfs[place]?.app === "pktgen" || nf.worker.emptyPolls > then.worker.emptyPolls;
    };
    if (now.every(idle)) return true;
    before = now;
    await delay(DRAIN_INTERVAL_MS);
  }
  return false;
}

function hasForeignSender({ chains, nfs, traffic }: Lab): boolean {
  const ends = chains.flatMap(({ path }) => (traffic.direction === "both" ? [path[0], path.at(-1)] : [path[0]]));
  return nfs.some((nf) => ends.includes(nf.name) && controlledApp(nf) === undefined);
}

function takenIn({ ports }: NfStats): number {
  return ports.reduce((packets, port) => packets + port.rxPackets, 0);
}
