import { setTimeout as delay } from "node:timers/promises";
import { sendsIntoMemif } from "../lab/memif.ts";
import type { Ground } from "./ground.ts";
import type { DrivenLab } from "./live.ts";
import { startGenerators, stopGenerators } from "./traffic.ts";

/** Long enough for some hundred time slices, short beside any trial. */
const CEILING_MS = 300;

/**
 * What a generator of the lab can send by itself (the mean of several, which all send), in packets per second: at the highest rate, while every other NF is frozen. What is
 * left is the generator, its port, and what works inside of its sending: the switch that takes packets from its ring, or the kernel that carries them to the
 * receiver's socket. On a shared core the generator has the CPU to itself, so the figure is the highest that it can reach in this layout. Undefined where a
 * generator counted nothing, or sends into a memif: a ring that only a frozen NF empties takes no more than it holds. Undefined too where all NFs are
 * alone: then the ceiling is what the trials measure.
 */
export async function measureCeiling(
  controls: DrivenLab,
  { setNfsPaused, signal }: Pick<Ground, "setNfsPaused" | "signal">,
): Promise<number | undefined> {
  const generators = controls.nfs.filter((handle) => handle.app === "pktgen");
  // Backwards traffic is left out: its generators are the frozen receivers.
  const forward = {
    ...controls,
    lab: { ...controls.lab, traffic: { ...controls.lab.traffic, direction: "one" as const } },
  };
  const others = controls.lab.nfs.filter(({ app }) => app !== "pktgen").map(({ name }) => name);
  if (generators.length === 0 || controls.lab.hops.length === 0 || sendsIntoMemif(controls.lab)) return undefined;
  await setNfsPaused(controls.lab, others, true);
  try {
    await startGenerators(forward, { ratePps: undefined, stamp: 0 });
    await delay(CEILING_MS, undefined, { signal }).catch(() => undefined);
    await stopGenerators(forward);
  } finally {
    await setNfsPaused(controls.lab, others, false);
  }
  const rates = await Promise.all(
    generators.map(async ({ control }) => {
      const { app, tscHz } = await control.stats();
      const seconds = (app.stopTsc - app.startTsc) / tscHz;
      return seconds > 0 ? app.sent / seconds : 0;
    }),
  );
  const total = rates.reduce((sum, rate) => sum + rate, 0);
  return total > 0 ? total / generators.length : undefined;
}
