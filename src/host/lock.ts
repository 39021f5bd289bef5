import { once } from "node:events";
import { connect, createServer } from "node:net";
import { text } from "node:stream/consumers";

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
 * @throws {LockHeldError} with the holder's own words
 */
export async function takeLock(name: string, holder: string): Promise<AsyncDisposable> {
  const address = `\0corebed/lock/${name}`;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(holder);
  });
  try {
    server.listen(address);
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new LockHeldError(name, await askHolder(address));
  }
  server.unref();
  return {
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

async function askHolder(address: string): Promise<string> {
  const socket = connect(address);
  socket.setTimeout(1_000, () => socket.destroy());
  return text(socket).catch(() => "another corebed");
}
