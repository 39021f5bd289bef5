import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { isFlocked, lockPlace } from "./parse/file-locks.ts";

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
 * (unix(7)). Whoever finds it taken can connect and is told by whom. Local to the machine; who comes from another holds a lock on a file (`REMOTE_LOCKS`).
 * Each takes its own first and looks for the other's then, so that of two who come at once never both go on.
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
    const remoteHolder = server === undefined ? undefined : await holderFromElsewhere(name);
    if (server !== undefined) {
      const release = async (): Promise<void> => server.give();
      if (remoteHolder === undefined) return { [Symbol.asyncDispose]: release };
      await release();
    }
    if (performance.now() >= deadline) throw new LockHeldError(name, remoteHolder ?? (await askHolder(address)));
    await delay(RETRY_MS);
  }
}

const RETRY_MS = 50;

/** Where those who come from another machine keep their locks: a file each, locked (flock(2)) by a process that ends with their connection. */
export const REMOTE_LOCKS = "/run/corebed-lock";

/** Name of a lock's file there. */
export function remoteLockFile(name: string): string {
  return encodeURIComponent(name);
}

/** The holder's own words if the lock is held from another machine. */
async function holderFromElsewhere(name: string): Promise<string | undefined> {
  const path = `${REMOTE_LOCKS}/${remoteLockFile(name)}`;
  if (!(await isLocked(path))) return undefined;
  return (await readFile(path, "utf8").catch(() => "")).trim() || "another corebed";
}

/** Whether anybody holds a flock(2) on a file. It is only looked at: to try it would be in the way of who takes it at that moment. */
export async function isLocked(path: string): Promise<boolean> {
  // Mostly there is no such file, and nothing more to look at.
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const [fdinfo, mountinfo, locks] = await Promise.all(
      [`/proc/self/fdinfo/${file.fd}`, "/proc/self/mountinfo", "/proc/locks"].map((name) => readFile(name, "utf8")),
    );
    const place = lockPlace(fdinfo ?? "", mountinfo ?? "");
    return place !== undefined && isFlocked(locks ?? "", place);
  } finally {
    await file.close();
  }
}

/** A name that is held. */
interface Listening {
  /** Gives it back at once, whoever is still asking. */
  readonly give: () => void;
}

/** Undefined if somebody else listens there. */
async function tryListen(address: string, holder: string): Promise<Listening | undefined> {
  const asking = new Set<Socket>();
  const server = createServer((socket) => {
    asking.add(socket);
    socket.on("error", () => {}).on("close", () => asking.delete(socket));
    // Nothing is expected from who asks, but unread it would keep the connection open for ever.
    socket.resume().end(holder);
  });
  try {
    server.listen(address);
    await once(server, "listening");
    server.unref();
    const give = (): void => {
      server.close();
      for (const socket of asking) socket.destroy();
    };
    return { give };
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
