import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The checkout that is tested. */
export const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));

export interface CommandOptions {
  readonly cwd: string;
  /** Given to standard input; without it, standard input is /dev/null and so no terminal. */
  readonly input?: string | Uint8Array;
  /** After this long the command is killed, and it is an error. */
  readonly timeoutMs?: number;
  /** Instead of the checkout's bin/corebed. */
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** How a command came to its end. */
export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A corebed that is under way. */
export interface Running {
  readonly pid: number;
  readonly finished: Promise<Finished>;
  /** What it wrote to standard output until now. */
  readonly stdout: () => string;
  /** What it wrote to standard error until now. */
  readonly stderr: () => string;
  /** Waits until standard error holds a match; an error if the command ends without one. */
  readonly says: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly kill: (signal: NodeJS.Signals) => void;
}

const TIMEOUT_MS = 120_000;

/** Starts a corebed of its own process: `bin/corebed` hands over to Node by exec, so signals reach Node itself. */
export function startCorebed(args: readonly string[], options: CommandOptions): Running {
  const child = spawn(options.program ?? `${REPOSITORY}bin/corebed`, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
      output[name] += chunk;
      for (const listener of listeners) listener();
    });
  }
  child.stdin?.on("error", () => {});
  child.stdin?.end(options.input);
  let ended = false;
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, options.timeoutMs ?? TIMEOUT_MS);
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      ended = true;
      clearTimeout(limit);
      for (const listener of listeners) listener();
      if (timedOut) reject(new Error(`corebed ${args.join(" ")} did not end in time\n${output.stderr}`));
      else resolve({ code, signal, ...output });
    });
  });
  // Who only waits for a line learns of the end by it.
  finished.catch(() => {});
  const says = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(output.stderr);
        if (match === null && !ended) return;
        listeners.delete(look);
        if (match !== null) resolve(match);
        else reject(new Error(`corebed ${args.join(" ")} ended without saying ${pattern}:\n${output.stderr}`));
      };
      listeners.add(look);
      look();
    });
  return {
    pid: child.pid ?? 0,
    finished,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    says,
    kill: (signal) => void child.kill(signal),
  };
}

/** What the command said, for the message of a failed assertion. */
export function told({ code, signal, stdout, stderr }: Finished): string {
  return `ended with ${signal ?? code}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`;
}
