import type { Duplex } from "node:stream";
import type { CallOptions } from "./call-options.ts";
import { JsonSplitError, JsonSplitter } from "./json-splitter.ts";
import { PendingCalls } from "./pending-calls.ts";
import { RpcError, type RpcErrorKind } from "./rpc-error.ts";

/** Settings of a {@link JsonRpcClient}. */
export interface JsonRpcOptions {
  /** A name for the other end, used in every error. */
  readonly peer: string;
  /** Bound on one message from the peer, in bytes. */
  readonly maxMessageBytes?: number | undefined;
}

/** Receives the peer's notifications: messages with a method and no id (RFC 7047 4.1.6 "update"). */
export type NotificationListener = (method: string, params: readonly unknown[]) => void;

/**
 * A JSON-RPC 1.0 client over any connected byte stream. It speaks what OVSDB (RFC 7047 4), OVS's control sockets
 * (lib/unixctl.c) and the NFs (docs/nf-control.md) have in common: objects without framing, answers in any order, an `echo` from
 * the server that must be answered, and error replies in which `result` may be absent.
 *
 * The client owns the stream: closing the one closes the other. There is no reconnect; a caller that wants one makes a new client.
 */
export class JsonRpcClient implements AsyncDisposable {
  readonly peer: string;
  readonly #stream: Duplex;
  readonly #splitter: JsonSplitter;
  readonly #calls: PendingCalls;
  readonly #listeners = new Set<NotificationListener>();
  readonly #closeListeners = new Set<(reason: RpcError) => void>();
  #ended: RpcError | undefined;

  constructor(stream: Duplex, options: JsonRpcOptions) {
    this.peer = options.peer;
    this.#stream = stream;
    this.#splitter = new JsonSplitter(options.maxMessageBytes);
    this.#calls = new PendingCalls(options.peer);
    stream.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    stream.on("end", () =>
      this.#end("closed", `the peer closed the connection${this.#splitter.idle ? "" : " inside a message"}`),
    );
    stream.on("error", (cause) => this.#end("closed", "the connection failed", cause));
    stream.on("close", () => this.#end("closed", "the connection is closed"));
  }

  /** How many calls wait for an answer. */
  get pendingCalls(): number {
    return this.#calls.size;
  }

  /** Calls `method` and resolves to its `result`. Rejects with {@link RpcError} only. */
  call(method: string, params: readonly unknown[], options: CallOptions = {}): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#closedError(method, this.#ended));
    return this.#calls.open(method, (id) => this.#send({ method, params, id }), options);
  }

  /** Adds a listener for notifications; the returned function removes it. */
  onNotification(listener: NotificationListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls the listener once, with the reason, when the connection is gone (at once if it is already); the returned function removes it. */
  onClose(listener: (reason: RpcError) => void): () => void {
    if (this.#ended !== undefined) listener(this.#ended);
    else this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  /** Closes the connection, failing whatever still waits; safe to call twice. Resolves once the stream is closed. */
  async close(): Promise<void> {
    this.#end("closed", "this side closed the connection");
    if (this.#stream.closed) return;
    await new Promise<void>((resolve) => this.#stream.once("close", () => resolve()));
  }

  /** Same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #receive(chunk: Uint8Array): void {
    try {
      this.#splitter.push(chunk, (message) => this.#dispatch(message as Record<string, unknown>));
    } catch (error) {
      if (!(error instanceof JsonSplitError)) throw error;
      this.#end("protocol", error.message, error);
    }
  }

  #dispatch(message: Record<string, unknown>): void {
    if (this.#ended !== undefined) return;
    const { method, id } = message;
    if (typeof method === "string") this.#serve(method, message.params, id);
    else if (typeof id === "number" && this.#calls.issued(id)) this.#answer(id, message.result, message.error);
    else this.#end("protocol", `the peer sent an answer with the unknown id ${JSON.stringify(id)}`);
  }

  #serve(method: string, params: unknown, id: unknown): void {
    if (id === null || id === undefined) {
      const list = Array.isArray(params) ? params : [];
      for (const listener of [...this.#listeners]) listener(method, list);
    } else if (method === "echo") {
      this.#send({ id, result: params ?? [], error: null });
    } else {
      this.#send({ id, result: null, error: `unknown method ${method}` });
    }
  }

  #answer(id: number, result: unknown, error: unknown): void {
    // unixctl leaves `result` out of an error reply and OVSDB leaves `error` null in a good one, so only `error` decides.
    if (error === null || error === undefined) {
      this.#calls.settle(id, result);
      return;
    }
    const method = this.#calls.methodOf(id) ?? "call";
    const detail = typeof error === "string" ? error.trim() : JSON.stringify(error);
    this.#calls.fail(id, new RpcError({ kind: "remote", method, peer: this.peer, detail, remote: error }));
  }

  #send(message: object): void {
    this.#stream.write(JSON.stringify(message));
  }

  #end(kind: RpcErrorKind, detail: string, cause?: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = new RpcError({ kind, method: "connection", peer: this.peer, detail, cause });
    this.#calls.failAll(kind, detail, cause);
    this.#listeners.clear();
    this.#stream.destroy();
    for (const listener of this.#closeListeners) listener(this.#ended);
    this.#closeListeners.clear();
  }

  #closedError(method: string, ended: RpcError): RpcError {
    return new RpcError({
      kind: "closed",
      method,
      peer: this.peer,
      detail: "the connection is already closed",
      cause: ended,
    });
  }
}
