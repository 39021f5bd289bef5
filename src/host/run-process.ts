import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { collectText } from "./collect-text.ts";
import { HostError, type RunOptions, type RunResult } from "./host.ts";
import { systemErrorCode, toHostError } from "./system-error.ts";

/** How long a program may run when its caller does not say. */
export const DEFAULT_RUN_TIMEOUT_MS = 60_000;
/** Between asking a program to end and ending it. */
const KILL_GRACE_MS = 2_000;
/** After a program's end, how long its silent offspring may hold its output open. */
const DRAIN_MS = 1_000;
/** Where Debian keeps the programs that administrators use; not on the PATH of ordinary users. */
export const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];

/** `Host.run` for this machine: no shell, a process group of its own, bounded in time and in what is kept of its output. */
export function runProcess(host: string, argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error("internal: run needs a program");
  const attempted = `run ${argv.join(" ")}`;
  const { signal, timeoutMs = DEFAULT_RUN_TIMEOUT_MS } = options;
  if (signal?.aborted) {
    const error = new HostError(host, attempted, "aborted", { cause: signal.reason });
    options.stdout?.destroy(error);
    return Promise.reject(error);
  }

  return new Promise<RunResult>((resolve, reject) => {
    // A group of its own, so that the time limit ends the program's children too, and Ctrl-C on the terminal leaves the decision to us.
    const child = spawn(program, args, {
      detached: true,
      stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      env: {
        ...process.env,
        LC_ALL: "C.UTF-8",
        PATH: [process.env.PATH, ...SYSTEM_FOLDERS].filter((part) => part).join(":"),
        ...options.env,
      },
    });
    let failure: HostError | undefined;
    let drainTimer: NodeJS.Timeout | undefined;
    let killTimer: NodeJS.Timeout | undefined;

    const stop = (reason: string, cause?: unknown) => {
      if (failure !== undefined) return;
      failure = new HostError(host, attempted, reason, { cause });
      killGroup(child, "SIGTERM");
      killTimer = setTimeout(() => {
        killGroup(child, "SIGKILL");
        drainTimer = setTimeout(settle, DRAIN_MS);
      }, KILL_GRACE_MS);
    };
    const onAbort = () => stop("aborted", signal?.reason);
    const limit = setTimeout(() => stop(`timed out after ${timeoutMs / 1000} s`), timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });

    const keepDraining = () => drainTimer?.refresh();
    const stdout = options.stdout === undefined ? collectText(child.stdout, options.onLine, keepDraining) : undefined;
    if (options.stdout !== undefined) pipeTo(child.stdout, options.stdout, stop);
    const stderr = collectText(child.stderr, options.onLine, keepDraining);
    child.stdin?.on("error", () => {}); // a program that does not read its input is not an error
    child.stdin?.end(options.stdin);

    let settled = false;
    function settle(): void {
      if (settled) return;
      settled = true;
      clearTimeout(limit);
      clearTimeout(killTimer);
      clearTimeout(drainTimer);
      signal?.removeEventListener("abort", onAbort);
      child.stdout?.destroy();
      child.stderr?.destroy();
      if (failure !== undefined) {
        options.stdout?.destroy(failure);
        reject(failure);
      } else {
        const code = exitCode(child);
        if (code === 0) options.stdout?.end();
        else options.stdout?.destroy(new HostError(host, attempted, `exit code ${code}`));
        resolve({ exitCode: code, stdout: stdout?.() ?? "", stderr: stderr() });
      }
    }
    child.on("error", (error) => {
      const missing = systemErrorCode(error) === "ENOENT";
      failure ??= missing
        ? new HostError(host, attempted, `no such program: ${program}`, { cause: error })
        : toHostError(host, attempted, error);
      settle();
    });
    child.on("close", settle);
    child.on("exit", () => {
      // A daemon that the program left behind may hold its output open for ever. Output that goes to a stream is waited for: its reader may be slow.
      if (options.stdout === undefined || failure !== undefined) drainTimer ??= setTimeout(settle, DRAIN_MS);
    });
  });
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (systemErrorCode(error) !== "ESRCH") throw error;
  }
}

/** As shells count: 128 + n for a program that a signal ended. */
function exitCode(child: ChildProcess): number {
  if (child.exitCode !== null) return child.exitCode;
  return 128 + (child.signalCode === null ? 0 : constants.signals[child.signalCode]);
}

function pipeTo(from: Readable | null, to: Writable, stop: (reason: string, cause: unknown) => void): void {
  to.on("error", (error) => stop("whoever reads its output gave up", error));
  from?.pipe(to, { end: false });
}
