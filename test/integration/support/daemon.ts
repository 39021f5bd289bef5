import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { eventually } from "./eventually.ts";

/** A program that runs until it is disposed of: asked to end, and killed if it does not. */
export interface Daemon extends AsyncDisposable {
  readonly child: ChildProcess;
  /** What it wrote to standard output until now. */
  readonly stdout: () => string;
}

const END_MS = 10_000;

/** Starts it; throws in what waits for it, not here, if it cannot be started. */
export function startDaemon(command: string, args: readonly string[]): Daemon {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
  let stdout = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.on("error", () => {});
  return {
    child,
    stdout: () => stdout,
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), END_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Waits until it answers there with 200; an error if it ends instead. */
export async function answers({ child }: Daemon, url: string): Promise<void> {
  await eventually(
    async () => {
      if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
      return (await fetch(url).catch(() => undefined))?.ok === true;
    },
    { what: `${child.spawnfile} answers at ${url}`, timeoutMs: 60_000, intervalMs: 100 },
  );
}

/** A port of loopback that nobody listens on now: for programs that take no port 0. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
