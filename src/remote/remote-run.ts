import { PassThrough, type Readable, type Writable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { collectText } from "../host/collect-text.ts";
import { HostError, type RunOptions, type RunResult } from "../host/host.ts";
import { DEFAULT_RUN_TIMEOUT_MS, SYSTEM_FOLDERS } from "../host/run-process.ts";
import type { Attendant } from "./attendant.ts";
import type { Connection } from "./connection.ts";
import { shellQuoted } from "./shell-quoted.ts";

/** Between asking a program to end and leaving it alone. */
const KILL_GRACE_MS = 2_000;

/** As shells count the signals by which programs end. */
const SIGNALS: Readonly<Record<string, number>> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ABRT: 6,
  KILL: 9,
  SEGV: 11,
  PIPE: 13,
  TERM: 15,
};

/** `Host.run` over SSH: every argument is quoted, so that what the far shell starts is what was given. */
export async function runRemote(
  connection: Connection,
  attendant: Attendant,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const attempted = `run ${argv.join(" ")}`;
  const { signal, timeoutMs = DEFAULT_RUN_TIMEOUT_MS } = options;
  const refuse = (error: unknown): never => {
    options.stdout?.destroy(error instanceof Error ? error : undefined);
    throw error;
  };
  if (signal?.aborted) return refuse(new HostError(connection.host, attempted, "aborted", { cause: signal.reason }));
  const channel = await connection.command(stoppable(argv, options.env)).catch(refuse);
  return await finish(channel, connection, attendant, argv, attempted, { ...options, timeoutMs });
}

/** One line for the far shell. */
export function commandLine(argv: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const settings = Object.entries({ LC_ALL: "C.UTF-8", ...env }).map(
    ([name, value]) => `${name}=${shellQuoted(value)}`,
  );
  const folders = `PATH="$PATH:${SYSTEM_FOLDERS.join(":")}"`;
  return `export ${folders} ${settings.join(" ")}; exec ${argv.map(shellQuoted).join(" ")}`;
}

/**
 * The same for a program that may have to be ended: its process group's number goes before everything else to standard error. (sshd passes signals on to
 * nobody who logs in as root, where it has no second process to do it.)
 */
function stoppable(argv: readonly string[], env: RunOptions["env"]): string {
  return `echo "corebed: process group $$" >&2; ${commandLine(argv, env)}`;
}

function finish(
  channel: ClientChannel,
  connection: Connection,
  attendant: Attendant,
  argv: readonly string[],
  attempted: string,
  options: RunOptions & { readonly timeoutMs: number },
): Promise<RunResult> {
  const { signal, timeoutMs } = options;
  return new Promise<RunResult>((resolve, reject) => {
    let failure: HostError | undefined;
    let killTimer: NodeJS.Timeout | undefined;
    const stop = (reason: string, cause?: unknown): void => {
      if (failure !== undefined) return;
      failure = new HostError(connection.host, attempted, reason, { cause });
      kill("TERM");
      killTimer = setTimeout(() => {
        kill("KILL");
        channel.close();
        settle(undefined);
      }, KILL_GRACE_MS);
    };
    const kill = (name: "TERM" | "KILL"): void => {
      const number = group();
      if (number === undefined) return;
      // By the shell that is there: sshd may have no session left for one more command. With the connection gone there is nobody to tell.
      attendant.script(`kill -s ${name} -- -${number}`, attempted).catch(() => {});
    };
    const onAbort = (): void => stop("aborted", signal?.reason);
    const { group, words } = withoutGroup(channel.stderr as Readable, () => {
      // A host under load may start the program only when nobody wants it any more.
      if (failure !== undefined) kill("TERM");
    });
    const limit = setTimeout(() => stop(`timed out after ${timeoutMs / 1000} s`), timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    // While the channel was opened nobody listened.
    if (signal?.aborted) onAbort();
    const stdout = options.stdout === undefined ? collectText(channel, options.onLine) : undefined;
    if (options.stdout !== undefined) pipeTo(channel, options.stdout, stop);
    const stderr = collectText(words, options.onLine);
    channel.on("error", () => {});
    channel.end(options.stdin ?? "");

    let settled = false;
    function settle(exitCode: number | undefined): void {
      if (settled) return;
      settled = true;
      clearTimeout(limit);
      clearTimeout(killTimer);
      signal?.removeEventListener("abort", onAbort);
      const errors = stderr();
      if (exitCode === undefined) failure ??= connection.lost(attempted);
      else if (exitCode === 127 && /not found/.test(errors)) {
        failure ??= new HostError(connection.host, attempted, `no such program: ${argv[0]}`);
      }
      if (failure !== undefined) {
        options.stdout?.destroy(failure);
        reject(failure);
        return;
      }
      if (exitCode === 0) options.stdout?.end();
      else options.stdout?.destroy(new HostError(connection.host, attempted, `exit code ${exitCode}`));
      resolve({ exitCode: exitCode ?? 255, stdout: stdout?.() ?? "", stderr: errors });
    }
    // How it ended is taken from this event: that of the end itself may come in one packet with the program's start, before anybody listens. What came last to
    // standard error is still on its way to those who collect it.
    channel.once("close", (code?: number | null, name?: string) => setImmediate(settle, exitCodeOf(code, name)));
  });
}

/** As a shell gives it; undefined where the far side did not say how the program ended. */
export function exitCodeOf(code: number | null | undefined, signal: string | undefined): number | undefined {
  if (typeof code === "number") return code;
  return signal === undefined ? undefined : 128 + (SIGNALS[signal.replace(/^SIG/, "")] ?? 0);
}

/** Standard error without the line that names the process group, which is given apart once it is there; sshd's own words may come before it. */
function withoutGroup(
  from: Readable,
  onGroup: () => void,
): { readonly group: () => string | undefined; readonly words: Readable } {
  const words = new PassThrough();
  let group: string | undefined;
  let head = "";
  from.on("data", (chunk: Buffer) => {
    if (group !== undefined) {
      words.write(chunk);
      return;
    }
    head += chunk.toString("latin1");
    const found = GROUP_LINE.exec(head);
    if (found === null) return;
    group = found[1];
    onGroup();
    words.write(Buffer.from(head.replace(GROUP_LINE, ""), "latin1"));
  });
  from.once("end", () => words.end(group === undefined ? Buffer.from(head, "latin1") : undefined));
  return { group: () => group, words };
}

const GROUP_LINE = /^corebed: process group (\d+)\n/m;

function pipeTo(from: Readable, to: Writable, stop: (reason: string, cause: unknown) => void): void {
  to.on("error", (error) => stop("whoever reads its output gave up", error));
  from.pipe(to, { end: false });
}
