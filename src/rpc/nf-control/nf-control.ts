import { z } from "zod";
import type { CallOptions } from "../call-options.ts";
import type { JsonRpcClient } from "../json-rpc.ts";
import { RpcError } from "../rpc-error.ts";
import {
  type NfApp,
  type NfClock,
  type NfInfo,
  type NfStart,
  type NfStats,
  nfClockSchema,
  nfInfoSchema,
  nfStatsSchemas,
} from "./messages.ts";

/**
 * A client of an NF's control socket (docs/nf-control.md) for one kind of NF. Every method rejects with RpcError: `remote` with
 * the NF's own words when it refuses, `protocol` with the place and the reason when it answers nonsense.
 */
export class NfControl<A extends NfApp> implements AsyncDisposable {
  readonly app: A;
  readonly #client: JsonRpcClient;

  constructor(client: JsonRpcClient, app: A) {
    this.#client = client;
    this.app = app;
  }

  /** What the NF is and where its threads run. Fails with `protocol` if it is another kind of NF than this client expects. */
  async info(options?: CallOptions): Promise<NfInfo> {
    const info = await this.#call("info", [], nfInfoSchema, options);
    if (info.app === this.app) return info;
    throw this.#nonsense("info", `it is the NF ${JSON.stringify(info.app)}, not ${JSON.stringify(this.app)}`);
  }

  /** Starts a trial. Receivers clear their per-trial figures; port counters go on. */
  async start(parameters: NfStart[A], options?: CallOptions): Promise<void> {
    await this.#call("start", [parameters], z.unknown(), options);
  }

  /** Sends what a `start` with `hold` has made ready. */
  async send(options?: CallOptions): Promise<void> {
    await this.#call("send", [], z.unknown(), options);
  }

  /** Ends a trial; resolves once the worker has stopped sending. Receivers go on receiving. */
  async stop(options?: CallOptions): Promise<void> {
    await this.#call("stop", [], z.unknown(), options);
  }

  /** The NF's counters now. Reading them costs the data plane nothing. */
  async stats(options?: CallOptions): Promise<NfStats<A>> {
    return this.#call<NfStats<A>>("stats", [], nfStatsSchemas[this.app] as unknown as z.ZodType<NfStats<A>>, options);
  }

  /** The clocks of the NF's machine at one moment between the call and the answer. */
  async clock(options?: CallOptions): Promise<NfClock> {
    return this.#call("clock", [], nfClockSchema, options);
  }

  /** Closes the connection; the NF goes on. */
  close(): Promise<void> {
    return this.#client.close();
  }

  /** Same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #call<T>(
    method: string,
    params: readonly unknown[],
    schema: z.ZodType<T>,
    options: CallOptions | undefined,
  ): Promise<T> {
    const decoded = schema.safeParse(await this.#client.call(method, params, options));
    if (decoded.success) return decoded.data;
    const issues = decoded.error.issues.map(
      ({ path, message }) => `${path.map(String).join(".") || "the answer"}: ${message}`,
    );
    throw this.#nonsense(method, issues.join("; "), decoded.error);
  }

  #nonsense(method: string, what: string, cause?: unknown): RpcError {
    return new RpcError({
      kind: "protocol",
      method,
      peer: this.#client.peer,
      detail: `nonsense from the NF: ${what}`,
      cause,
    });
  }
}
