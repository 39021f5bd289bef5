import { setTimeout as sleep } from "node:timers/promises";

/** Looks every `everyMs` until something is found, and gives it; undefined if there is nothing within `timeoutMs`. */
export async function until<T>(
  look: () => Promise<T | undefined>,
  options: { readonly timeoutMs: number; readonly everyMs?: number; readonly signal?: AbortSignal | undefined },
): Promise<T | undefined> {
  const { timeoutMs, everyMs = 100, signal } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() + everyMs > deadline) return undefined;
    await sleep(everyMs, undefined, signal === undefined ? {} : { signal });
  }
}
