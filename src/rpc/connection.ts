import type { Duplex } from "node:stream";
import { timeLimit } from "../host/time-limit.ts";
import type { CallOptions } from "./call-options.ts";
import { PendingCalls } from "./pending-calls.ts";
import { RpcError, type RpcErrorKind } from "./rpc-error.ts";

/** For the far side to close a stream as well: a round trip, and what is on its way. */
const CLOSE_TIMEOUT_MS = 2_000;

/** What a protocol gives its {@link Connection}. */
export interface ConnectionOptions {
  /** A name for the other end, used in every error. */
  readonly peer: string;
  /** Receives the peer's bytes. What it throws is the peer's fault: it ends the connection with kind `protocol`. */
  readonly onData: (chunk: Uint8Array) => void;
}

/**
 * A byte stream on which requests wait for answers: what the protocols of this folder have in common. It owns the stream, and
 * however that ends (by the peer, by an error, by garbage, by {@link close}) every waiting request fails, once, with the reason.
 */
export class Connection implements AsyncDisposable {
  readonly peer: string;
  readonly calls: PendingCalls;
  readonly #stream: Duplex;
  readonly #closeListeners = new Set<(reason: RpcError) => void>();
  /** Kept from the start: a stream of ssh2's tells by its event alone that it is closed, which may be long before {@link close}. */
  readonly #closed: Promise<void>;
  #ended: RpcError | undefined;

  constructor(stream: Duplex, { peer, onData }: ConnectionOptions) {
    this.peer = peer;
    this.calls = new PendingCalls(peer);
    this.#stream = stream;
    this.#closed = stream.closed ? Promise.resolve() : new Promise((resolve) => stream.once("close", () => resolve()));
    stream.on("data", (chunk: Uint8Array) => {
      if (this.#ended !== undefined) return;
      try {
        onData(chunk);
      } catch (cause) {
        this.end("protocol", (cause as Error).message, cause);
      }
    });
    stream.on("end", () => this.end("closed", "the peer closed the connection"));
    stream.on("error", (cause) => this.end("closed", "the connection failed", cause));
    stream.on("close", () => this.end("closed", "the connection is closed"));
    if (stream.destroyed) this.end("closed", "the connection was closed before it was used");
  }

  /** True once the connection has ended, for whatever reason. */
  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Sends what `encode` makes of the request's id and resolves to its answer, once the protocol settles that id in `calls`. */
  request(method: string, encode: (id: number) => string | Uint8Array, options?: CallOptions): Promise<unknown> {
    if (this.#ended === undefined) return this.calls.open(method, (id) => this.write(encode(id)), options);
    const detail = "the connection is already closed";
    return Promise.reject(new RpcError({ kind: "closed", method, peer: this.peer, detail, cause: this.#ended }));
  }

  /** Sends bytes that expect no answer; does nothing once the connection has ended. */
  write(bytes: string | Uint8Array): void {
    if (this.#ended === undefined) this.#stream.write(bytes);
  }

  /** Calls the listener once when the connection ends, at once if it has; the returned function removes it. */
  onClose(listener: (reason: RpcError) => void): () => void {
    if (this.#ended !== undefined) listener(this.#ended);
    else this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  /** Ends the connection for a reason; only the first counts. */
  end(kind: RpcErrorKind, detail: string, cause?: unknown): void {
    if (this.#ended !== undefined) return;
    const reason = new RpcError({ kind, method: "connection", peer: this.peer, detail, cause });
    this.#ended = reason;
    this.calls.failAll(kind, detail, cause);
    this.#stream.destroy();
    for (const listener of this.#closeListeners) listener(reason);
    this.#closeListeners.clear();
  }

  /** Ends the connection from this side; safe to call twice. Resolves once the stream is closed, or would have been if the other side had anything left to say. */
  async close(): Promise<void> {
    this.end("closed", "this side closed the connection");
    // A stream over SSH is closed when the far side says so too, which one that hangs never does.
    await new Promise<void>((resolve) => {
      const limit = timeLimit(CLOSE_TIMEOUT_MS, resolve);
      this.#closed.then(() => {
        limit.stop();
        resolve();
      });
    });
  }

  /** Same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
