import { disposeAll } from "./dispose-all.ts";
import type { Host } from "./host.ts";

/** What was taken of several hosts; disposing of it gives all of it back. */
interface Taken<T> extends AsyncDisposable {
  readonly taken: readonly T[];
}

/**
 * Takes something of each host, one after another. All who want the same hosts take them in this one order, that of their names, so that none waits for another in a
 * circle. Where one cannot be had, what was taken before is given back.
 */
export async function takeInOrder<H extends Pick<Host, "name">, T extends AsyncDisposable>(
  hosts: readonly H[],
  take: (host: H) => Promise<T>,
): Promise<Taken<T>> {
  const taken: T[] = [];
  const all = disposeAll(taken);
  try {
    for (const host of hosts.toSorted((a, b) => (a.name < b.name ? -1 : 1))) taken.push(await take(host));
  } catch (error) {
    await all[Symbol.asyncDispose]();
    throw error;
  }
  return { taken, ...all };
}
