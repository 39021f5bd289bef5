import { setTimeout as sleep } from "node:timers/promises";
import { readHostFacts } from "../../host/facts.ts";
import type { Host } from "../../host/host.ts";
import { LockHeldError } from "../../host/lock.ts";
import type { Lab } from "../../lab/lab.ts";
import type { Obstacle } from "../../plan/budget.ts";
import { preparePlan } from "../../provision/converge.ts";
import { openWorld } from "../../provision/world.ts";
import { imageReferences } from "../../setup/image-sources.ts";
import { EXIT, Exit } from "../exit.ts";
import type { Site } from "../site.ts";
import { note } from "../terminal.ts";
import { durationText } from "./duration.ts";

/** Looking takes some CPU time from those who are waited for. */
const POLL_MS = 5_000;

/**
 * Waits until nobody else's lab polls on the CPUs of these labs: the lease keeps other CI jobs off this machine, and not those who use corebed by hand. Ends the
 * command if it takes longer.
 */
export async function awaitCpus(labs: readonly Lab[], waitMs: number, host: Host, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (let looks = 0; ; looks += 1) {
    const held = await firstObstacle(labs, host, signal);
    if (held === undefined) return;
    const left = deadline - performance.now();
    if (left <= 0) {
      const waited = waitMs === 0 ? "" : `, after ${durationText(waitMs)} still`;
      throw new Exit(EXIT.busy, `error: ${held.message}${waited}\n  = help: ${held.help}`);
    }
    if (looks === 0) note(`Waiting for ${durationText(waitMs)} at most: ${held.message}`);
    await sleep(Math.min(POLL_MS, left), undefined, { signal });
  }
}

/** Waits until nobody is at work on these labs themselves, as who measures the same file by hand is; ends the command if it takes longer. */
export async function awaitLabs(site: Site, names: readonly string[], waitMs: number): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (let looks = 0; ; looks += 1) {
    const held = await heldLab(site, names);
    if (held === undefined) return;
    const left = deadline - performance.now();
    if (left <= 0) {
      throw new Exit(EXIT.busy, `error: ${held}\n  = help: run the job again later, or wait longer with --wait`);
    }
    if (looks === 0) note(`Waiting for ${durationText(waitMs)} at most: ${held}`);
    await sleep(Math.min(POLL_MS, left), undefined, { signal: site.signal });
  }
}

async function heldLab(site: Site, names: readonly string[]): Promise<string | undefined> {
  try {
    await using _lock = await site.lock(names, "ci");
    return undefined;
  } catch (error) {
    if (error instanceof LockHeldError) return error.message;
    throw error;
  }
}

async function firstObstacle(labs: readonly Lab[], host: Host, signal: AbortSignal): Promise<Obstacle | undefined> {
  const { reader } = openWorld(host, signal);
  // Of labs that want the same CPUs, one stands for all.
  const different = new Map(labs.map((lab) => [lab.cpus.owners.map(({ cpu }) => cpu).join(), lab]));
  for (const lab of different.values()) {
    const facts = await readHostFacts(host, await imageReferences(), { sampleSteal: false });
    const { budget } = await preparePlan(lab, reader, facts);
    // Where pages are short, waiting for others would be guessing.
    const held = budget.obstacles.find(({ code }) => code === "cpu-held");
    if (held !== undefined) return held;
  }
  return undefined;
}
