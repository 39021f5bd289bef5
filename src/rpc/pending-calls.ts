import { timeLimit } from "../host/time-limit.ts";
import { type CallOptions, DEFAULT_TIMEOUT_MS } from "./call-options.ts";
import { RpcError, type RpcErrorKind } from "./rpc-error.ts";

interface Pending {
  readonly method: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Removes the timer and the abort listener. */
  readonly cleanUp: () => void;
}

/**
 * The calls of one connection that wait for an answer, by id. An entry leaves the table in exactly one of four ways: answered,
 * failed, timed out or aborted; each also clears its timer and its abort listener, so nothing is left behind.
 */
export class PendingCalls {
  readonly #peer: string;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  constructor(peer: string) {
    this.#peer = peer;
  }

  /** How many calls wait now. */
  get size(): number {
    return this.#pending.size;
  }

  /**
   * Registers a call, then has `send` put it on the wire under its id; the promise settles with {@link settle},
   * {@link fail}, {@link failAll}, the deadline or the signal, whichever comes first.
   */
  open(method: string, send: (id: number) => void, options: CallOptions = {}): Promise<unknown> {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    if (signal?.aborted)
      return Promise.reject(this.#error("aborted", method, "aborted before it was sent", signal.reason));
    const id = this.reserve();
    return new Promise((resolve, reject) => {
      const limit = timeLimit(timeoutMs, () =>
        this.fail(id, this.#error("timeout", method, `timed out after ${timeoutMs} ms`)),
      );
      const onAbort = () => this.fail(id, this.#error("aborted", method, "aborted", signal?.reason));
      const cleanUp = () => {
        limit.stop();
        signal?.removeEventListener("abort", onAbort);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#pending.set(id, { method, resolve, reject, cleanUp });
      try {
        send(id);
      } catch (cause) {
        this.fail(id, this.#error("closed", method, "could not be sent", cause));
      }
    });
  }

  /** Hands out an id for a message that has no answer to wait for. */
  reserve(): number {
    return this.#nextId++;
  }

  /** True for an id that was handed out, waiting or not: a late answer to an abandoned call is no fault of the peer. */
  issued(id: number): boolean {
    return Number.isInteger(id) && id >= 1 && id < this.#nextId;
  }

  /** The method of a waiting call. */
  methodOf(id: number): string | undefined {
    return this.#pending.get(id)?.method;
  }

  /** Answers a waiting call; does nothing if it no longer waits. */
  settle(id: number, value: unknown): void {
    this.#take(id)?.resolve(value);
  }

  /** Fails a waiting call; does nothing if it no longer waits. */
  fail(id: number, error: Error): void {
    this.#take(id)?.reject(error);
  }

  /** Fails every waiting call for one reason, each with its own method in the message. */
  failAll(kind: RpcErrorKind, detail: string, cause?: unknown): void {
    for (const [id, { method }] of [...this.#pending]) this.fail(id, this.#error(kind, method, detail, cause));
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.cleanUp();
    return pending;
  }

  #error(kind: RpcErrorKind, method: string, detail: string, cause?: unknown): RpcError {
    return new RpcError({ kind, method, peer: this.#peer, detail, cause });
  }
}
