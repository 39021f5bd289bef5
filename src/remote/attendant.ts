import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import type { ClientChannel } from "ssh2";
import { HostError, LOST } from "../host/host.ts";
import { type TimeLimit, timeLimit } from "../host/time-limit.ts";
import type { Connection } from "./connection.ts";
import { commandLine } from "./remote-run.ts";
import { shellQuoted } from "./shell-quoted.ts";

/** What a short script printed, both streams, and how it ended. */
export interface ScriptResult {
  readonly exitCode: number;
  readonly output: Buffer;
}

interface Waiting {
  readonly attempted: string;
  readonly resolve: (result: ScriptResult) => void;
  readonly reject: (error: HostError) => void;
}

/** The shell that is there, and who waits for it. */
interface Shell {
  readonly channel: ClientChannel;
  /** Nobody may give it anything more to do. */
  isGone: boolean;
  /** Of the first of its scripts. */
  limit: TimeLimit;
  /** In the order in which it works. */
  readonly scripts: Waiting[];
  /** By number. */
  readonly awaited: Map<number, Pick<Waiting, "reject"> & { readonly resolve: (isThere: boolean) => void }>;
}

/** A look that takes longer hangs. */
const SCRIPT_TIMEOUT_MS = 30_000;
/** Of a mark with the exit code behind it, and some more. */
const MOST_MARK_BYTES = 64;
/** Between two looks of the shell at what it waits for. */
const INTERVAL_S = 0.02;

/**
 * A shell on the host that does small things one after another for as long as the connection stands: each costs one round trip, where a command of its own takes two
 * and makes sshd start a process for it. What waits does so beside the others, on the host, so that nobody asks again and again.
 */
export class Attendant {
  readonly #connection: Connection;
  readonly #scriptTimeoutMs: number;
  #shell: Promise<Shell> | undefined;
  #lastId = 0;
  /** Ends what a script prints; nobody can guess it. */
  readonly #mark = `\0corebed-${randomBytes(8).toString("hex")} `;

  constructor(connection: Connection, scriptTimeoutMs = SCRIPT_TIMEOUT_MS) {
    this.#connection = connection;
    this.#scriptTimeoutMs = scriptTimeoutMs;
  }

  /** Runs lines of the shell's own language; every word that comes from elsewhere must be quoted in it. */
  async script(text: string, attempted: string): Promise<ScriptResult> {
    const shell = await this.#open();
    return await new Promise<ScriptResult>((resolve, reject) => {
      shell.scripts.push({ attempted, resolve, reject: (error) => reject(this.#error(attempted, error.reason)) });
      if (shell.scripts.length === 1) this.#watch(shell);
      const end = `printf '%b%s\\n' ${shellQuoted(this.#mark.replace("\0", "\\0000"))} "$?"`;
      shell.channel.write(`( ${text}\n) </dev/null 2>&1; ${end}\n`);
    });
  }

  /** The time of a script begins when those before it are done. */
  #watch(shell: Shell): void {
    shell.limit.stop();
    const [first] = shell.scripts;
    if (first === undefined) return;
    shell.limit = timeLimit(this.#scriptTimeoutMs, () => {
      shell.scripts.shift();
      first.reject(this.#error(first.attempted, `no answer within ${this.#scriptTimeoutMs / 1000} s`));
      // Whatever it hangs on would keep everybody behind it waiting.
      this.#giveUp(shell);
      shell.channel.close();
    });
  }

  /** Who still waits for it may ask another shell. */
  #giveUp(shell: Shell): void {
    shell.isGone = true;
    shell.limit.stop();
    const lost = this.#error("use the host's shell", LOST);
    for (const waiting of [...shell.scripts.splice(0), ...shell.awaited.values()]) waiting.reject(lost);
  }

  /** As `Host.appears`. */
  async appears(
    path: string,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<boolean> {
    signal?.throwIfAborted();
    const shell = await this.#open();
    signal?.throwIfAborted();
    this.#lastId += 1;
    const id = this.#lastId;
    const [quoted, looks] = [shellQuoted(path), Math.ceil(timeoutMs / 1000 / INTERVAL_S)];
    const isThere = `[ -e ${quoted} ] || [ -L ${quoted} ]`;
    const look = `until ${isThere}; do i=$((i - 1)); [ $i -gt 0 ] && [ -d /proc/$$ ] || break; sleep ${INTERVAL_S}; done`;
    const tell = `if ${isThere}; then echo "${id} there" >&2; else echo "${id} late" >&2; fi`;
    let onAbort = (): void => {};
    try {
      return await new Promise<boolean>((resolve, reject) => {
        onAbort = () => reject(signal?.reason);
        signal?.addEventListener("abort", onAbort, { once: true });
        shell.awaited.set(id, {
          resolve,
          reject: (error) => reject(this.#error(`wait for ${path}`, error.reason)),
        });
        shell.channel.write(`( i=${looks}; ${look}; ${tell} ) </dev/null >/dev/null &\n`);
      });
    } finally {
      signal?.removeEventListener("abort", onAbort);
      shell.awaited.delete(id);
    }
  }

  async #open(): Promise<Shell> {
    this.#shell ??= this.#start();
    const opening = this.#shell;
    const shell = await opening.catch((error: unknown) => {
      if (this.#shell === opening) this.#shell = undefined;
      throw error;
    });
    if (!shell.isGone) return shell;
    if (this.#shell === opening) this.#shell = undefined;
    return await this.#open();
  }

  async #start(): Promise<Shell> {
    const channel = await this.#connection.unlimitedCommand(commandLine(["sh"]));
    const shell: Shell = { channel, isGone: false, limit: { stop: () => {} }, scripts: [], awaited: new Map() };
    let unread: Buffer[] = [];
    // What may be the beginning of a mark.
    let tail = Buffer.alloc(0);
    channel.on("error", () => {});
    channel.on("data", (chunk: Buffer) => {
      unread.push(chunk);
      const seen = Buffer.concat([tail, chunk]);
      tail = Buffer.from(seen.subarray(-MOST_MARK_BYTES));
      // A long text comes in many pieces, and is put together once.
      if (!seen.includes(this.#mark)) return;
      let whole = Buffer.concat(unread);
      for (;;) {
        const at = whole.indexOf(this.#mark);
        const end = at < 0 ? -1 : whole.indexOf("\n", at);
        if (end < 0) break;
        const exitCode = Number(whole.subarray(at + this.#mark.length, end).toString("latin1"));
        shell.scripts.shift()?.resolve({ exitCode, output: Buffer.from(whole.subarray(0, at)) });
        this.#watch(shell);
        whole = whole.subarray(end + 1);
      }
      unread = [whole];
      tail = Buffer.from(whole.subarray(-MOST_MARK_BYTES));
    });
    createInterface({ input: channel.stderr, terminal: false }).on("line", (line) => {
      const found = /^(\d+) (there|late)$/.exec(line);
      if (found !== null) shell.awaited.get(Number(found[1]))?.resolve(found[2] === "there");
    });
    channel.once("close", () => this.#giveUp(shell));
    return shell;
  }

  #error(attempted: string, reason: string): HostError {
    return new HostError(this.#connection.host, attempted, reason);
  }
}
