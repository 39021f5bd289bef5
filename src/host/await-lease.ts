import { type Lease, type LeaseWorld, SILENCE_MS, tryTakeLease } from "./lease.ts";
import type { LeaseRecord } from "./lease-record.ts";
import { LockHeldError } from "./lock.ts";

/** How often those who wait look. */
const POLL_MS = 2_000;

/** The machine was not free in time. */
export class LeaseHeldError extends Error {
  readonly heldBy: LeaseRecord | undefined;
  constructor(heldBy: LeaseRecord | undefined) {
    super(`this machine is taken: ${holderText(heldBy)}`);
    this.name = "LeaseHeldError";
    this.heldBy = heldBy;
  }
}

export interface AwaitOptions {
  /** Who asks, for those who will have to wait in turn. */
  readonly owner: string;
  /** How long to wait at most; 0: not at all. */
  readonly waitMs: number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Milliseconds of a clock that only goes forward. */
  readonly elapsed: () => number;
  /** Told when it has to wait, and for whom, once for each holder. */
  readonly onWait: (heldBy: LeaseRecord | undefined) => void;
}

/**
 * Waits for its turn. A holder that has not shown itself for a minute counts as dead even if its process is there: the minute is counted in looks of this
 * process, so that a machine that stood still for longer kills nobody.
 *
 * @throws {LeaseHeldError} if it does not come in time; rejects as `sleep` does
 */
export async function awaitLease(
  world: LeaseWorld,
  options: AwaitOptions,
): Promise<{ readonly lease: Lease; readonly from: LeaseRecord | undefined }> {
  const deadline = options.elapsed() + options.waitMs;
  let told: string | undefined;
  let last: string | undefined;
  let silentMs = 0;
  for (;;) {
    const attempt = await tryOnce(world, options.owner, silentMs >= SILENCE_MS ? last : undefined);
    if (attempt.taken !== undefined) return { lease: attempt.taken, from: attempt.from };
    const { heldBy, text } = attempt;
    silentMs = text === last ? silentMs + POLL_MS : 0;
    last = text;
    if (options.elapsed() >= deadline) throw new LeaseHeldError(heldBy);
    if (told !== (heldBy?.id ?? "")) options.onWait(heldBy);
    told = heldBy?.id ?? "";
    await options.sleep(Math.max(1, Math.min(POLL_MS, deadline - options.elapsed())));
  }
}

/** Somebody who is changing the lease at this moment, or was quicker where no lock keeps us apart (another network namespace), is who holds it. */
async function tryOnce(world: LeaseWorld, owner: string, silent: string | undefined): ReturnType<typeof tryTakeLease> {
  try {
    return await tryTakeLease(world, owner, silent);
  } catch (error) {
    const held = error instanceof LockHeldError || (error as NodeJS.ErrnoException).code === "EEXIST";
    if (held) return { heldBy: undefined, text: "" };
    throw error;
  }
}

/** `REPOSITORY run 17 (process 4711), since 2026-11-21 10:12:03 UTC`. */
export function holderText(record: LeaseRecord | undefined): string {
  if (record === undefined) return "another corebed, which does not say who it is";
  const since = record.since.replace("T", " ").replace(/\.\d+Z$/, " UTC");
  return `${record.owner} (process ${record.process.pid}), since ${since}`;
}
