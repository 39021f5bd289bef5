import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { Client, ClientChannel } from "ssh2";
import { LockHeldError, REMOTE_LOCKS, remoteLockFile } from "../host/lock.ts";
import type { Connection } from "./connection.ts";
import { commandLine } from "./remote-run.ts";

const RETRY_MS = 200;
const RETAKE_MS = 15_000;

/**
 * Holds all locks of one corebed on a host: a process each, which the shell ends when it is told to, or when its input ends, which it does with the
 * connection. After taking a lock it looks for one of corebed on that host itself, which is an abstract socket (`src/host/lock.ts`).
 */
const KEEPER = `
umask 077; keepers=; mkdir -p ${REMOTE_LOCKS} || exit 1
while IFS=' ' read -r verb id file socket holder; do
  case $verb in
  take)
    (
      NAME="@corebed/lock/$(printf '%b' "$socket")"; export NAME
      exec 9>>"${REMOTE_LOCKS}/$file" || { echo "$id held somebody who keeps it from being written"; exit; }
      if ! flock --nonblock 9; then echo "$id held $(cat "${REMOTE_LOCKS}/$file")"; exit; fi
      if awk '{ at = index($0, ENVIRON["NAME"]) } at && substr($0, at) == ENVIRON["NAME"] { found = 1 } END { exit !found }' /proc/net/unix; then echo "$id held a corebed on that host"; exit; fi
      printf '%s\\n' "$holder" >"${REMOTE_LOCKS}/$file"
      echo "$id taken"
      exec sleep infinity
    ) </dev/null &
    keepers="$keepers $!"; eval "keeper_$id=$!" ;;
  drop) eval "kill \\$keeper_$id" 2>/dev/null; eval "wait \\$keeper_$id" 2>/dev/null; echo "$id dropped" ;;
  esac
done
kill $keepers 2>/dev/null
`;

interface Held {
  readonly name: string;
  readonly holder: string;
}

/** The locks that one connection holds on its host. */
export class RemoteLocks {
  readonly #connection: Connection;
  readonly #held = new Map<number, Held>();
  readonly #answers = new Map<string, (answer: string | undefined) => void>();
  #keeper: Promise<ClientChannel> | undefined;
  #lastId = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    // What was held went with the connection, and is taken again before anything else is done: by then it may be somebody else's.
    connection.onReopened = async (client) => {
      this.#keeper = undefined;
      for (const [id, held] of this.#held) await this.#takeAgain(id, held, client);
    };
  }

  /** As `Host.lock`. */
  async take(name: string, holder: string, waitMs = 0): Promise<AsyncDisposable> {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const id = this.#lastId + 1;
      this.#lastId = id;
      const other = await this.#take(id, { name, holder });
      if (other === undefined) {
        this.#held.set(id, { name, holder });
        return { [Symbol.asyncDispose]: () => this.#drop(id) };
      }
      if (performance.now() >= deadline) throw new LockHeldError(name, other);
      await delay(RETRY_MS);
    }
  }

  /** The host may still be busy ending what held it before. */
  async #takeAgain(id: number, held: Held, client: Client): Promise<void> {
    const deadline = performance.now() + RETAKE_MS;
    for (;;) {
      const holder = await this.#take(id, held, client);
      if (holder === undefined) return;
      if (performance.now() >= deadline) throw new LockHeldError(held.name, holder);
      await delay(RETRY_MS);
    }
  }

  async #take(id: number, { name, holder }: Held, client?: Client): Promise<string | undefined> {
    const socket = name.replace(/[\\ ]/g, (character) => (character === " " ? "\\0040" : "\\\\"));
    const words = ["take", id, remoteLockFile(name), socket, holder.replace(/\s+/g, " ")];
    const answer = await this.#ask(id, words.join(" "), client);
    return answer === "taken" ? undefined : answer.replace(/^held /, "") || "another corebed";
  }

  async #drop(id: number): Promise<void> {
    this.#held.delete(id);
    // With a connection that is gone the lock is, too.
    await this.#ask(id, `drop ${id}`).catch(() => {});
  }

  async #ask(id: number, line: string, client?: Client): Promise<string> {
    this.#keeper ??= this.#start(client);
    const keeper = await this.#keeper.catch((error: unknown) => {
      this.#keeper = undefined;
      throw error;
    });
    const answer = await new Promise<string | undefined>((resolve) => {
      this.#answers.set(String(id), resolve);
      keeper.write(`${line}\n`);
    });
    if (answer === undefined) throw this.#connection.lost("hold a lock");
    return answer;
  }

  async #start(client: Client | undefined): Promise<ClientChannel> {
    const channel = await this.#connection.unlimitedCommand(commandLine(["sh", "-c", KEEPER]), client);
    channel.on("error", () => {});
    channel.stderr.resume();
    createInterface({ input: channel, terminal: false }).on("line", (answer) => {
      const space = answer.indexOf(" ");
      const id = answer.slice(0, space);
      this.#answers.get(id)?.(answer.slice(space + 1));
      this.#answers.delete(id);
    });
    channel.once("close", () => {
      for (const tell of this.#answers.values()) tell(undefined);
      this.#answers.clear();
      this.#keeper = undefined;
    });
    return channel;
  }
}
