import type { Host } from "../../host/host.ts";
import { LockHeldError } from "../../host/lock.ts";

/** How often those who wait ask. */
const POLL_MS = 2_000;

export interface AwaitLock {
  readonly owner: string;
  /** How long to wait at most; 0: not at all. */
  readonly waitMs: number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly elapsed: () => number;
  /** Told for whom it has to wait, once for each holder. */
  readonly onWait: (holder: string) => void;
}

/**
 * Waits for its turn at a machine's CPUs, among CI runs from wherever they come: those on the machine take the same lock.
 *
 * @throws {LockHeldError} if it does not come in time; rejects as `sleep` does
 */
export async function awaitLock(host: Pick<Host, "lock">, options: AwaitLock): Promise<AsyncDisposable> {
  const deadline = options.elapsed() + options.waitMs;
  let told: string | undefined;
  for (;;) {
    try {
      return await host.lock("cpus of CI runs", options.owner);
    } catch (error) {
      if (!(error instanceof LockHeldError) || options.elapsed() >= deadline) throw error;
      if (told !== error.holder) options.onWait(error.holder);
      told = error.holder;
      await options.sleep(Math.max(1, Math.min(POLL_MS, deadline - options.elapsed())));
    }
  }
}
