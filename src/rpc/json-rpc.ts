import type { Duplex } from "node:stream";
import type { CallOptions } from "./call-options.ts";
import { Connection } from "./connection.ts";
import { JsonSplitter } from "./json-splitter.ts";
import { RpcError } from "./rpc-error.ts";

/** Settings of a {@link JsonRpcClient}. */
export interface JsonRpcOptions {
  /** A name for the other end, used in every error. */
  readonly peer: string;
  /** Bound on one message from the peer, in bytes. */
  readonly maxMessageBytes?: number | undefined;
}

/** Receives the peer's notifications: messages with a method and no id (as `update` of RFC 7047 4.1.6). */
export type NotificationListener = (method: string, params: readonly unknown[]) => void;

/**
 * A JSON-RPC 1.0 client over any connected byte stream. It speaks what OVSDB (RFC 7047 4), OVS's control sockets
 * (lib/unixctl.c) and the NFs (docs/nf-control.md) have in common: objects without framing, answers in any order, an `echo` from
 * the server that must be answered, and error replies in which `result` may be absent.
 *
 * The client owns the stream: closing the one closes the other. There is no reconnect; a caller that wants one makes a new client.
 */
export class JsonRpcClient implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #listeners = new Set<NotificationListener>();

  constructor(stream: Duplex, { peer, maxMessageBytes }: JsonRpcOptions) {
    const splitter = new JsonSplitter(maxMessageBytes);
    const dispatch = (message: unknown) => this.#dispatch(message as Readonly<Record<string, unknown>>);
    this.#connection = new Connection(stream, { peer, onData: (chunk) => splitter.push(chunk, dispatch) });
  }

  /** The name of the other end. */
  get peer(): string {
    return this.#connection.peer;
  }

  /** How many calls wait for an answer. */
  get pendingCalls(): number {
    return this.#connection.calls.size;
  }

  /** Calls `method` and resolves to its `result`. Rejects with {@link RpcError} only. */
  call(method: string, params: readonly unknown[], options?: CallOptions): Promise<unknown> {
    return this.#connection.request(method, (id) => JSON.stringify({ method, params, id }), options);
  }

  /** Adds a listener for notifications; the returned function removes it. */
  onNotification(listener: NotificationListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls the listener once when the connection ends, at once if it has; the returned function removes it. */
  onClose(listener: (reason: RpcError) => void): () => void {
    return this.#connection.onClose(listener);
  }

  /** Closes the connection, failing whatever still waits; safe to call twice. Resolves once the stream is closed. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #dispatch({ method, params, id, result, error }: Readonly<Record<string, unknown>>): void {
    if (this.#connection.ended) return;
    if (typeof method === "string") this.#serve(method, params, id);
    else if (typeof id === "number" && this.#connection.calls.issued(id)) this.#answer(id, result, error);
    else throw new Error(`the peer answered a call that was never made (id ${JSON.stringify(id)})`);
  }

  #serve(method: string, params: unknown, id: unknown): void {
    if (id === null || id === undefined) {
      for (const listener of [...this.#listeners]) listener(method, Array.isArray(params) ? params : []);
      return;
    }
    const answer =
      method === "echo" ? { result: params ?? [], error: null } : { result: null, error: "unknown method" };
    this.#connection.write(JSON.stringify({ id, ...answer }));
  }

  #answer(id: number, result: unknown, error: unknown): void {
    const { calls } = this.#connection;
    // unixctl leaves `result` out of an error reply and OVSDB leaves `error` null in a good one, so only `error` decides.
    if (error === null || error === undefined) {
      calls.settle(id, result);
      return;
    }
    const method = calls.methodOf(id) ?? "call";
    const detail = typeof error === "string" ? error.trim() : JSON.stringify(error);
    calls.fail(id, new RpcError({ kind: "remote", method, peer: this.peer, detail, remote: error }));
  }
}
