/** How long a call may wait when its caller does not say: long for a control socket, short for a person. */
export const DEFAULT_TIMEOUT_MS = 20_000;

/** What every asynchronous function of `rpc` takes. */
export interface CallOptions {
  /** Gives the call up early; it rejects with {@link RpcError} of kind `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** Bound on the wait for the answer; {@link DEFAULT_TIMEOUT_MS} unless told. Must be finite: nothing here waits for ever. */
  readonly timeoutMs?: number | undefined;
}
