import { lstat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { timeLimit } from "./time-limit.ts";

const INTERVAL_MS = 10;

/** `Host.appears` for this machine. */
export async function localAppears(
  path: string,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<boolean> {
  let late = false;
  const limit = timeLimit(timeoutMs, () => {
    late = true;
  });
  using _limit = { [Symbol.dispose]: limit.stop };
  for (;;) {
    signal?.throwIfAborted();
    const isThere = await lstat(path).then(
      () => true,
      () => false,
    );
    if (isThere || late) return isThere;
    await delay(INTERVAL_MS, undefined, signal === undefined ? {} : { signal });
  }
}
