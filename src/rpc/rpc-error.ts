/**
 * What went wrong with a call.
 * - `closed`: the connection ended, was refused, or this side closed it
 * - `timeout`: no answer within `timeoutMs`
 * - `aborted`: the caller's signal fired
 * - `remote`: the peer answered with an error; `remote` holds it
 * - `protocol`: the peer sent something that the protocol, or the decoder of the answer, does not allow
 */
export type RpcErrorKind = "closed" | "timeout" | "aborted" | "remote" | "protocol";

/** The parts of an {@link RpcError}. */
export interface RpcErrorInit {
  readonly kind: RpcErrorKind;
  /** The call that failed, e.g. `transact`; for a fault outside any call, what the connection was doing. */
  readonly method: string;
  /** A name for the other end that a person recognises, e.g. `ovsdb of lab demo`. */
  readonly peer: string;
  readonly detail: string;
  /** The peer's own error value, for kind `remote`. */
  readonly remote?: unknown;
  readonly cause?: unknown;
}

/** The one error of this seam: every failed call to OVSDB, OVS's control socket, a bridge or an NF rejects with it. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly kind: RpcErrorKind;
  readonly method: string;
  readonly peer: string;
  readonly remote: unknown;

  constructor(init: RpcErrorInit) {
    super(`${init.peer}: ${init.method}: ${init.detail}`, init.cause === undefined ? undefined : { cause: init.cause });
    this.kind = init.kind;
    this.method = init.method;
    this.peer = init.peer;
    this.remote = init.remote;
  }
}
