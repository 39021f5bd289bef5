import type { CallOptions } from "../call-options.ts";
import type { JsonRpcClient } from "../json-rpc.ts";
import { RpcError } from "../rpc-error.ts";
import { parseCoverageCounter, parseCoverageTotals } from "./coverage.ts";
import { type DatapathStats, parseDatapathShow } from "./datapath-show.ts";
import { type PmdQueues, parsePmdRxqShow } from "./pmd-rxq-show.ts";
import { type PmdStats, parsePmdStatsShow } from "./pmd-stats-show.ts";

/** The userspace datapath, in the name that OVS gives to the one it makes for bridges with `datapath_type=netdev`. */
export const NETDEV_DATAPATH = "netdev@ovs-netdev";

/**
 * A client of ovs-vswitchd's control socket (`ovs-appctl`; lib/unixctl.c): commands with string arguments, answered with text.
 * The socket's path is what vswitchd was given as `--unixctl`, else `$OVS_RUNDIR/<program name>.<pid>.ctl`.
 *
 * vswitchd serves these on its main thread, one request at a time per connection, so requests are sent one after the other.
 * Every method rejects with RpcError: `remote` when OVS refuses the command, `protocol` when its answer is not what OVS 3.1 writes.
 */
export class OvsControl implements AsyncDisposable {
  readonly #client: JsonRpcClient;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: JsonRpcClient) {
    this.#client = client;
  }

  /** Runs any command and resolves to its text. Time spent behind earlier commands is theirs, not counted against `timeoutMs`. */
  command(name: string, args: readonly string[] = [], options?: CallOptions): Promise<string> {
    const run = this.#last.then(async () => {
      const text = await this.#client.call(name, args, options);
      if (typeof text !== "string") throw this.#nonsense(name, new TypeError("the answer is not text"));
      return text;
    });
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** Counters of every PMD thread, and of the main thread, since they started or were cleared. Reading costs the PMDs nothing. */
  pmdStats(options?: CallOptions): Promise<readonly PmdStats[]> {
    return this.#parsed("dpif-netdev/pmd-stats-show", [], parsePmdStatsShow, options);
  }

  /** Sets the counters that {@link pmdStats} shows to zero. */
  async clearPmdStats(options?: CallOptions): Promise<void> {
    await this.command("dpif-netdev/pmd-stats-clear", [], options);
  }

  /** Which PMD thread polls which receive queue, and how busy each queue keeps it (over the last minute unless OVS is told otherwise). */
  pmdQueues(options?: CallOptions): Promise<readonly PmdQueues[]> {
    return this.#parsed("dpif-netdev/pmd-rxq-show", [], parsePmdRxqShow, options);
  }

  /** The live counters of a datapath and its ports. */
  datapathStats(datapath: string = NETDEV_DATAPATH, options?: CallOptions): Promise<DatapathStats> {
    return this.#parsed("dpctl/show", ["-s", datapath], parseDatapathShow, options);
  }

  /** Total of one event counter, zero included, e.g. `vhost_tx_contention`; `remote` error for a name OVS does not know. */
  coverageCounter(name: string, options?: CallOptions): Promise<number> {
    return this.#parsed("coverage/read-counter", [name], parseCoverageCounter, options);
  }

  /** Totals of all event counters that have happened at least once. */
  coverageTotals(options?: CallOptions): Promise<ReadonlyMap<string, number>> {
    return this.#parsed("coverage/show", [], parseCoverageTotals, options);
  }

  /** Closes the connection. */
  close(): Promise<void> {
    return this.#client.close();
  }

  /** Same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #parsed<T>(
    name: string,
    args: readonly string[],
    parse: (text: string) => T,
    options: CallOptions | undefined,
  ): Promise<T> {
    const text = await this.command(name, args, options);
    try {
      return parse(text);
    } catch (cause) {
      throw this.#nonsense(name, cause as Error);
    }
  }

  #nonsense(method: string, cause: Error): RpcError {
    const detail = `cannot read the answer: ${cause.message}`;
    return new RpcError({ kind: "protocol", method, peer: this.#client.peer, detail, cause });
  }
}
