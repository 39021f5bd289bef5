import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly wallMs: number;
  /** Highest resident set of the process seen, by looking every 10 ms. */
  readonly peakMib: number;
}

/** Runs a program to its end, as a user would; throws if it ends with a code that is not expected. */
export async function command(argv: readonly string[], expected: readonly number[] = [0]): Promise<Finished> {
  const [program = "", ...args] = argv;
  const startedAt = performance.now();
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let peakMib = 0;
  const watch = setInterval(() => {
    peakMib = Math.max(peakMib, residentMib(child.pid));
  }, 10);
  const exit = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1)));
  const stdout = await text(child.stdout);
  const exitCode = await exit;
  clearInterval(watch);
  if (!expected.includes(exitCode)) throw new Error(`${argv.join(" ")} ended with ${exitCode}\n${stdout.slice(-2000)}`);
  return { exitCode, stdout, wallMs: performance.now() - startedAt, peakMib };
}

function residentMib(pid: number | undefined): number {
  try {
    const kib = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kib ?? 0) / 1024;
  } catch {
    return 0;
  }
}
