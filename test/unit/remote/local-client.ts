import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { Duplex } from "node:stream";
import type { Client } from "ssh2";

/** A session: a shell of this machine with a process group of its own, which ends as ssh2's channels do. */
class LocalChannel extends Duplex {
  readonly #child: ChildProcess;
  readonly stderr: NodeJS.ReadableStream;

  constructor(child: ChildProcess & { readonly stderr: NodeJS.ReadableStream }) {
    super({ autoDestroy: false, emitClose: false });
    this.#child = child;
    this.stderr = child.stderr;
    child.stdin?.on("error", () => {});
    child.stdout?.on("data", (chunk) => this.push(chunk)).once("end", () => this.push(null));
    child.once("close", (code, signal) => this.#close(code, signal));
  }

  #close(...how: readonly unknown[]): void {
    // Who does not read it to its end is not told of it.
    if (this.readableEnded) this.emit("close", ...how);
    else this.once("end", () => this.emit("close", ...how));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#child.stdin?.write(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.#child.stdin?.end();
    done();
  }

  /** As sshd does it: what was started is left alone. */
  close(): void {
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream?.destroy();
    this.push(null);
    this.#close();
  }
}

/** What these tests need of a connection: commands are run here. */
export class LocalClient extends EventEmitter implements Disposable {
  readonly #children: ChildProcess[] = [];
  readonly #path: string;
  /** The commands so far. */
  readonly commands: string[] = [];
  /** Refuses to start anything, with this. */
  refusal: Error | undefined;
  ended = false;

  /** Programs in `folder`, if one is given, are found before all others. */
  constructor(folder?: string) {
    super();
    this.#path = [...(folder === undefined ? [] : [folder]), process.env.PATH].join(":");
  }

  get asClient(): Client {
    return this as unknown as Client;
  }

  /** Process groups of what was started, in order. */
  get groups(): readonly number[] {
    return this.#children.map(({ pid }) => pid ?? 0);
  }

  exec(command: string, started: (error: Error | undefined, channel?: LocalChannel) => void): void {
    this.commands.push(command);
    if (this.refusal !== undefined) {
      queueMicrotask(() => started(this.refusal));
      return;
    }
    const child = spawn("/bin/sh", ["-c", command], {
      detached: true,
      stdio: "pipe",
      env: { ...process.env, PATH: this.#path },
    });
    this.#children.push(child);
    child.once("spawn", () => started(undefined, new LocalChannel(child)));
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.emit("close");
  }

  [Symbol.dispose](): void {
    for (const group of this.groups) {
      try {
        process.kill(-group, "SIGKILL");
      } catch {
        // it has ended
      }
    }
  }
}
