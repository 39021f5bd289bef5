import { setTimeout as delay } from "node:timers/promises";
import { timeLimit } from "../host/time-limit.ts";

/** A condition did not come true in time. */
export class TimedOutError extends Error {
  constructor(what: string, timeoutMs: number) {
    super(`${what} did not happen within ${timeoutMs / 1000} s`);
    this.name = "TimedOutError";
  }
}

export interface UntilOptions {
  /** What is waited for, to finish the sentence "... did not happen within 5 s". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Pause between two looks. */
  readonly intervalMs?: number;
}

/** Looks again and again until `check` gives something other than undefined. For conditions of the world that nobody announces. */
export async function until<T>(check: () => Promise<T | undefined>, options: UntilOptions): Promise<T> {
  let late = false;
  const limit = timeLimit(options.timeoutMs, () => {
    late = true;
  });
  using _limit = { [Symbol.dispose]: limit.stop };
  for (;;) {
    options.signal.throwIfAborted();
    const value = await check();
    if (value !== undefined) return value;
    if (late) throw new TimedOutError(options.what, options.timeoutMs);
    await delay(options.intervalMs ?? 10, undefined, { signal: options.signal });
  }
}
