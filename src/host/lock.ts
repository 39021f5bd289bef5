import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Somebody else holds the lock. */
export class LockHeldError extends Error {
  readonly holder: string;
  constructor(what: string, holder: string) {
    super(`${what} is being changed by ${holder}`);
    this.name = "LockHeldError";
    this.holder = holder;
  }
}

/**
 * Takes a lock that the kernel gives back when its holder dies, however it dies: an abstract Unix socket, which exists only while a process listens on it
 * (unix(7)). Whoever finds it taken can connect and is told by whom. Local to the machine.
 *
 * With `waitMs` it tries again until then, for things that are held for moments only.
 *
 * @throws {LockHeldError} with the holder's own words
 */
export async function takeLock(name: string, holder: string, waitMs = 0): Promise<AsyncDisposable> {
  const address = `\0corebed/lock/${name}`;
  const deadline = performance.now() + waitMs;
  for (;;) {
    const server = await tryListen(address, holder);
    if (server !== undefined) {
      server.unref();
      return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
    }
    if (performance.now() >= deadline) throw new LockHeldError(name, await askHolder(address));
    await delay(RETRY_MS);
  }
}

const RETRY_MS = 50;

/** Undefined if somebody else listens there. */
async function tryListen(address: string, holder: string): Promise<Server | undefined> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(holder);
  });
  try {
    server.listen(address);
    await once(server, "listening");
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return undefined;
  }
}

/** Any process of this machine can hold the name, so what it says is cut and may not steer a terminal. */
async function askHolder(address: string): Promise<string> {
  const socket = connect(address);
  const limit = setTimeout(() => socket.destroy(), 1_000);
  let holder = "";
  try {
    for await (const chunk of socket.setEncoding("utf8")) {
      holder += chunk;
      if (holder.length >= LONGEST_HOLDER) break;
    }
  } catch {
    // Cut off: what it said until then is what there is.
  } finally {
    clearTimeout(limit);
    socket.destroy();
  }
  const shown = holder.slice(0, LONGEST_HOLDER).replaceAll(/\p{Cc}|\p{Cf}/gu, "\ufffd");
  return shown || "another corebed";
}

const LONGEST_HOLDER = 200;
