import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { Client, ClientChannel } from "ssh2";
import { HostError } from "../host/host.ts";
import { LockHeldError, REMOTE_LOCKS, remoteLockFile } from "../host/lock.ts";
import type { Connection } from "./connection.ts";
import { commandLine, exitCodeOf } from "./remote-run.ts";
import { shellQuoted } from "./shell-quoted.ts";

const RETRY_MS = 200;
/** A host may still be busy ending what held locks before. */
const RETAKE_MS = 15_000;
/** The same where only the shell that held them has ended: meanwhile what they are for goes on. */
const QUICK_RETAKE_MS = 1_000;
const MOST_WORDS = 1_000;

/**
 * Holds all locks of one corebed on a host: a process each, which the shell ends when it is told to. They read from a pipe to which the shell alone could write, and so end
 * with it, however it ends: when its input does, say, which does with the connection. After taking a lock it looks for one of corebed on that host itself, which is an
 * abstract socket (`src/host/lock.ts`).
 */
function keeper(directory: string): string {
  return `
umask 077; mkdir -p ${directory} && mkfifo ${directory}/.$$ && exec 8<>${directory}/.$$ && rm ${directory}/.$$ || exit 1
hold() {
  words=$(flock --nonblock 9 2>&1)
  case $? in
  0) ;;
  1) echo "$id held $(cat "$path")"; return ;;
  *) echo "$id failed $words"; return ;;
  esac
  if NAME="@corebed/lock/$(printf '%b' "$socket")" awk '{ at = index($0, ENVIRON["NAME"]) } at && substr($0, at) == ENVIRON["NAME"] { found = 1 } END { exit !found }' /proc/net/unix; then
    echo "$id held a corebed on that host"; return
  fi
  printf '%s\\n' "$holder" >"$path"
  cat </proc/$$/fd/8 8>&- >/dev/null 2>&1 &
  eval "keeper_$id=$!"
  echo "$id taken"
}
while IFS=' ' read -r verb id file socket holder; do
  case $verb in
  take)
    path=${directory}/$file
    if words=$( { : >>"$path"; } 2>&1 ); then hold 9>>"$path"; else echo "$id failed $words"; fi ;;
  drop)
    eval "pid=\\$keeper_$id"
    # Its number may be somebody else's by now, if it was killed.
    grep -qsx "PPid:[[:space:]]*$$" "/proc/$pid/status" && { kill "$pid"; wait "$pid"; } 2>/dev/null
    echo "$id dropped" ;;
  esac
done
`;
}

/** A lock that is held, or is to be. */
interface Wanted {
  readonly name: string;
  readonly holder: string;
  /** Under which the shell knows it. */
  id: number;
}

interface Answer {
  readonly resolve: (answer: string) => void;
  readonly reject: (error: HostError) => void;
}

interface Keeper {
  readonly channel: ClientChannel;
  readonly answers: Map<string, Answer>;
  /** Why it is not there any more. */
  end: HostError | undefined;
}

/** The locks that one connection holds on its host. */
export class RemoteLocks {
  readonly #connection: Connection;
  readonly #directory: string;
  readonly #held = new Set<Wanted>();
  #keeper: Promise<Keeper> | undefined;
  /** The one that `#keeper` has become. */
  #current: Keeper | undefined;
  #lastId = 0;

  constructor(connection: Connection, directory = REMOTE_LOCKS) {
    this.#connection = connection;
    this.#directory = directory;
    // What was held went with the connection, and is taken again before anything else is done: by then it may be somebody else's.
    connection.onReopened = async (client) => {
      this.#keeper = undefined;
      this.#current = undefined;
      await this.#takeAllAgain(client, RETAKE_MS);
    };
  }

  /** As `Host.lock`. */
  async take(name: string, holder: string, waitMs = 0): Promise<AsyncDisposable> {
    const wanted: Wanted = { name, holder, id: 0 };
    await this.#takeWithin(waitMs, wanted);
    this.#held.add(wanted);
    return { [Symbol.asyncDispose]: () => this.#drop(wanted) };
  }

  async #takeWithin(waitMs: number, wanted: Wanted, client?: Client): Promise<void> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const holder = await this.#take(wanted, client);
      if (holder === undefined) return;
      if (performance.now() >= deadline) throw new LockHeldError(wanted.name, holder);
      await delay(RETRY_MS);
    }
  }

  async #takeAllAgain(client: Client, waitMs: number): Promise<void> {
    for (const wanted of this.#held) {
      await this.#takeWithin(waitMs, wanted, client);
      // Whoever had it may have given it back meanwhile.
      if (!this.#held.has(wanted)) await this.#drop(wanted);
    }
  }

  /** Undefined if it was taken, else who has it. */
  async #take(wanted: Wanted, client?: Client): Promise<string | undefined> {
    this.#lastId += 1;
    wanted.id = this.#lastId;
    const { id, name, holder } = wanted;
    const socket = name.replace(/[\\ ]/g, (character) => (character === " " ? "\\0040" : "\\\\"));
    const words = ["take", id, remoteLockFile(name), socket, holder.replace(/\s+/g, " ")];
    const answer = await this.#ask(id, words.join(" "), client);
    if (answer === "taken") return undefined;
    const failed = /^failed (.*)/.exec(answer)?.[1];
    if (failed !== undefined) throw this.#error(failed);
    return answer.replace(/^held /, "") || "another corebed";
  }

  async #drop(wanted: Wanted): Promise<void> {
    this.#held.delete(wanted);
    // With a connection that is gone the lock is, too.
    await this.#ask(wanted.id, `drop ${wanted.id}`).catch(() => {});
  }

  async #ask(id: number, line: string, client?: Client): Promise<string> {
    this.#keeper ??= this.#start(client);
    const starting = this.#keeper;
    const { channel, answers, end } = await starting.catch((error: unknown) => {
      if (this.#keeper === starting) this.#keeper = undefined;
      throw error;
    });
    if (end !== undefined) throw end;
    return await new Promise((resolve, reject) => {
      answers.set(String(id), { resolve, reject });
      channel.write(`${line}\n`);
    });
  }

  async #start(client: Client | undefined): Promise<Keeper> {
    const script = keeper(shellQuoted(this.#directory));
    const channel = await this.#connection.unlimitedCommand(commandLine(["sh", "-c", script]), client);
    const started: Keeper = { channel, answers: new Map(), end: undefined };
    this.#current = started;
    let words = "";
    channel.on("error", () => {});
    channel.stderr.on("data", (chunk: Buffer) => {
      words = `${words}${chunk.toString("utf8")}`.slice(-MOST_WORDS);
    });
    createInterface({ input: channel, terminal: false }).on("line", (line) => {
      const space = line.indexOf(" ");
      const id = line.slice(0, space);
      started.answers.get(id)?.resolve(line.slice(space + 1));
      started.answers.delete(id);
    });
    // What came last to standard error is still on its way.
    channel.once("close", (...how: Parameters<typeof exitCodeOf>) =>
      setImmediate(() => this.#ended(started, how, words)),
    );
    return started;
  }

  #ended(keeper: Keeper, how: Parameters<typeof exitCodeOf>, words: string): void {
    const exitCode = exitCodeOf(...how);
    const lost = exitCode === undefined;
    const end = lost
      ? this.#connection.lost(ATTEMPTED)
      : this.#error(words.trim() || `its shell ended with ${exitCode}`);
    keeper.end = end;
    for (const { reject } of keeper.answers.values()) reject(end);
    if (this.#current !== keeper) return;
    this.#keeper = undefined;
    this.#current = undefined;
    if (!lost && this.#held.size > 0) void this.#holdOn();
  }

  /** Only the shell has ended, and all locks are free: they are taken again, or the connection ends, too, so that nothing goes on without them. */
  async #holdOn(): Promise<void> {
    const client = await this.#connection.client().catch(() => undefined);
    if (client === undefined) return;
    await this.#takeAllAgain(client, QUICK_RETAKE_MS).catch(() => client.end());
  }

  /** With the words of a program there, less the shell's own name. */
  #error(words: string): HostError {
    return new HostError(this.#connection.host, ATTEMPTED, words.replace(/^sh: (line )?(\d+: )?/, ""));
  }
}

const ATTEMPTED = "hold a lock";
