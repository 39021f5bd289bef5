import { setTimeout as sleep } from "node:timers/promises";
import { awaitLease, holderText, LeaseHeldError } from "../../host/await-lease.ts";
import { LEASE_DIRECTORY, type Lease } from "../../host/lease.ts";
import { ownIdentity, startTimeOf } from "../../host/process-identity.ts";
import { EXIT, Exit } from "../exit.ts";
import { note } from "../terminal.ts";
import { durationText } from "./duration.ts";
import type { Stopper } from "./stopper.ts";

/** Waits until this machine is free, and keeps others off it; `left` are labs that a run which died may have left up. */
export async function takeTurn(
  path: string,
  waitMs: number,
  stopper: Stopper,
): Promise<{ readonly lease: Lease; readonly left: readonly string[] }> {
  const world = { directory: LEASE_DIRECTORY, self: await ownIdentity(), startTimeOf, now: () => new Date() };
  const begun = performance.now();
  try {
    const { lease, from } = await awaitLease(world, {
      owner: ownerText(path, process.env),
      waitMs,
      elapsed: () => performance.now(),
      sleep: (milliseconds) => sleep(milliseconds, undefined, { signal: stopper.signal }),
      onWait: (heldBy) =>
        note(`Waiting for ${durationText(waitMs)} at most: this machine is taken by ${holderText(heldBy)}`),
    });
    const waitedMs = performance.now() - begun;
    if (waitedMs > 1_000) note(`It is our turn after ${durationText(waitedMs)}.`);
    if (from !== undefined) note(`The run before ended without a word: ${holderText(from)}. Its turn was taken over.`);
    lease.keepBeating(() => stopper.stop(EXIT.busy, "another run took this one for dead and has the machine now"));
    return { lease, left: from?.labs ?? [] };
  } catch (error) {
    if (!(error instanceof LeaseHeldError)) throw error;
    const waited = waitMs === 0 ? "" : ` after ${durationText(waitMs)}`;
    throw new Exit(
      EXIT.busy,
      `error: this machine is still taken${waited} by ${holderText(error.heldBy)}\n  = help: run the job again later, or wait longer with --wait`,
    );
  }
}

/** Who we are, for those who wait: the CI system's own name for the job. */
export function ownerText(path: string, env: NodeJS.ProcessEnv): string {
  const { GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_JOB, CI_JOB_URL, BUILD_URL } = env;
  const job = GITHUB_REPOSITORY === undefined ? (CI_JOB_URL ?? BUILD_URL) : `${GITHUB_REPOSITORY} run ${GITHUB_RUN_ID}`;
  const name = GITHUB_JOB === undefined || GITHUB_REPOSITORY === undefined ? "" : `, job ${GITHUB_JOB}`;
  const command = `corebed ci ${path}`;
  const text = job === undefined ? command : `${job}${name} (${command})`;
  return text.replace(/\p{Cc}+/gu, " ").slice(0, 300);
}
