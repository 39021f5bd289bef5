import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { awaitLease, holderText, LeaseHeldError } from "../../host/await-lease.ts";
import { disposeAll } from "../../host/dispose-all.ts";
import type { Host } from "../../host/host.ts";
import { LEASE_DIRECTORY, type Lease } from "../../host/lease.ts";
import { LockHeldError } from "../../host/lock.ts";
import { ownIdentity, startTimeOf } from "../../host/process-identity.ts";
import { takeInOrder } from "../../host/take-in-order.ts";
import { EXIT, Exit } from "../exit.ts";
import { note } from "../terminal.ts";
import { awaitLock } from "./await-lock.ts";
import { durationText } from "./duration.ts";
import type { Stopper } from "./stopper.ts";

/** The right to a machine's CPUs among CI runs, until it is disposed of. */
export interface Turn extends AsyncDisposable {
  /** Labs that a run which died may have left up. */
  readonly left: readonly string[];
  /** Writes down which labs are brought up, for whoever comes after a run that died. */
  readonly willBringUp: (labs: readonly string[]) => Promise<void>;
}

/** The same of several machines, within one wait. */
export async function takeTurns(path: string, waitMs: number, stopper: Stopper, hosts: readonly Host[]): Promise<Turn> {
  const begun = performance.now();
  const { taken, ...all } = await takeInOrder(hosts, (host) =>
    takeTurn(path, Math.max(0, waitMs - (performance.now() - begun)), stopper, host),
  );
  return {
    left: taken.flatMap(({ left }) => left),
    willBringUp: async (labs) => {
      for (const turn of taken) await turn.willBringUp(labs);
    },
    ...all,
  };
}

/**
 * Waits until the machine is free, and keeps others off it. A run on its own machine also holds a lease, a file which says what it has brought up; from afar there is the
 * lock alone, which goes with the connection.
 */
async function takeTurn(path: string, waitMs: number, stopper: Stopper, host: Host): Promise<Turn> {
  const begun = performance.now();
  const lease = host.name === "local" ? await takeLease(path, waitMs, stopper) : undefined;
  const leftMs = Math.max(0, waitMs - (performance.now() - begun));
  try {
    const lock = await takeLock(path, leftMs, stopper, host);
    const all = disposeAll([lock, ...(lease === undefined ? [] : [lease.lease])]);
    return {
      left: lease?.left ?? [],
      willBringUp: async (labs) => void (await lease?.lease.beat({ labs: [...labs] })),
      ...all,
    };
  } catch (error) {
    await lease?.lease[Symbol.asyncDispose]();
    throw error;
  }
}

async function takeLock(path: string, waitMs: number, stopper: Stopper, host: Host): Promise<AsyncDisposable> {
  const machine = host.name === "local" ? "this machine" : host.name;
  try {
    return await awaitLock(host, {
      owner: `${ownerText(path, process.env)} (process ${process.pid} on ${hostname()})`,
      waitMs,
      elapsed: () => performance.now(),
      sleep: (milliseconds) => sleep(milliseconds, undefined, { signal: stopper.signal }),
      onWait: (holder) => note(`Waiting for ${durationText(waitMs)} at most: ${machine} is taken by ${holder}`),
    });
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw stillTaken(machine, waitMs, error.holder);
  }
}

function stillTaken(machine: string, waitMs: number, holder: string): Exit {
  const waited = waitMs === 0 ? "" : ` after ${durationText(waitMs)}`;
  return new Exit(
    EXIT.busy,
    `error: ${machine} is still taken${waited} by ${holder}\n  = help: run the job again later, or wait longer with --wait`,
  );
}

async function takeLease(
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
    throw stillTaken("this machine", waitMs, holderText(error.heldBy));
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
