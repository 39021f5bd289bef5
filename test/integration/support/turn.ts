import { once } from "node:events";
import { createServer } from "node:net";
import { eventually } from "./eventually.ts";

/** An abstract Unix socket (unix(7)): the kernel frees it with the process, however that ends. */
const ADDRESS = "\0corebed/integration-tests";

/**
 * Waits until no other run of these tests, by somebody else on this machine, is at work on a test file, and keeps them waiting until disposed of. They share
 * the names of labs, and two CPUs.
 */
export async function takeTurn(): Promise<AsyncDisposable> {
  const server = await eventually(tryListen, {
    what: "the tests of another run on this machine end",
    timeoutMs: 290_000,
    intervalMs: 200,
  });
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function tryListen() {
  const server = createServer().listen(ADDRESS);
  try {
    await once(server, "listening");
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
}
