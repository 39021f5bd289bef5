import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import type { ClientChannel } from "ssh2";
import { HostError, LOST } from "../host/host.ts";
import { timeLimit } from "../host/time-limit.ts";
import type { Connection } from "./connection.ts";
import { commandLine } from "./remote-run.ts";
import { shellQuoted } from "./shell-quoted.ts";

/** What a short script printed, both streams, and how it ended. */
export interface ScriptResult {
  readonly exitCode: number;
  readonly output: Buffer;
}

interface Waiting {
  readonly resolve: (result: ScriptResult) => void;
  readonly reject: (error: HostError) => void;
}

/** The shell that is there, and who waits for it. */
interface Shell {
  readonly channel: ClientChannel;
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
  #shell: Promise<Shell> | undefined;
  #lastId = 0;
  /** Ends what a script prints; nobody can guess it. */
  readonly #mark = `\0corebed-${randomBytes(8).toString("hex")} `;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Runs lines of the shell's own language; every word that comes from elsewhere must be quoted in it. */
  async script(text: string, attempted: string): Promise<ScriptResult> {
    const shell = await this.#open();
    let limit = { stop: (): void => {} };
    try {
      return await new Promise<ScriptResult>((resolve, reject) => {
        limit = timeLimit(SCRIPT_TIMEOUT_MS, () => {
          reject(this.#error(attempted, `no answer within ${SCRIPT_TIMEOUT_MS / 1000} s`));
          // Whatever it hangs on would keep everybody behind it waiting.
          shell.channel.close();
        });
        shell.scripts.push({ resolve, reject: (error) => reject(this.#error(attempted, error.reason)) });
        const end = `printf '%b%s\\n' ${shellQuoted(this.#mark.replace("\0", "\\0000"))} "$?"`;
        shell.channel.write(`( ${text}\n) </dev/null 2>&1; ${end}\n`);
      });
    } finally {
      limit.stop();
    }
  }

  /** As `Host.appears`. */
  async appears(
    path: string,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<boolean> {
    signal?.throwIfAborted();
    const shell = await this.#open();
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
    try {
      return await this.#shell;
    } catch (error) {
      this.#shell = undefined;
      throw error;
    }
  }

  async #start(): Promise<Shell> {
    const channel = await this.#connection.unlimitedCommand(commandLine(["sh"]));
    const shell: Shell = { channel, scripts: [], awaited: new Map() };
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
        whole = whole.subarray(end + 1);
      }
      unread = [whole];
      tail = Buffer.from(whole.subarray(-MOST_MARK_BYTES));
    });
    createInterface({ input: channel.stderr, terminal: false }).on("line", (line) => {
      const found = /^(\d+) (there|late)$/.exec(line);
      if (found !== null) shell.awaited.get(Number(found[1]))?.resolve(found[2] === "there");
    });
    channel.once("close", () => {
      this.#shell = undefined;
      const lost = this.#error("use the host's shell", LOST);
      for (const waiting of [...shell.scripts, ...shell.awaited.values()]) waiting.reject(lost);
    });
    return shell;
  }

  #error(attempted: string, reason: string): HostError {
    return new HostError(this.#connection.host, attempted, reason);
  }
}
