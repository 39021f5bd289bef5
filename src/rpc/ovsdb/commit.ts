import { type CallOptions, DEFAULT_TIMEOUT_MS } from "../call-options.ts";
import type { JsonRpcClient } from "../json-rpc.ts";
import type { Columns } from "./column.ts";
import { monitorTablesUntil, type TableRows } from "./monitor.ts";
import { insert, mutate, type Operation, select, update, wait } from "./operation.ts";
import { OvsdbError } from "./ovsdb-error.ts";
import { type ResultsOf, transact } from "./transact.ts";
import type { OvsdbRow } from "./value.ts";

/** The database of a switch. */
export const OPEN_VSWITCH = "Open_vSwitch";

/** What is to be true of a table, besides that vswitchd has acted. */
export interface Outcome<C extends Columns> extends CallOptions {
  readonly table: string;
  readonly columns: C;
  /** Looks at the table's rows once vswitchd has acted, and at each change after that. May throw what is wrong with them. */
  readonly until: (rows: TableRows<C>) => boolean;
  /** In words for an error. */
  readonly what: string;
}

/**
 * Runs the operations on the switch's database and waits until ovs-vswitchd has acted on them, as ovs-vsctl does without
 * `--no-wait`: the same transaction increments `next_cfg`, and vswitchd sets `cur_cfg` to it after it has reconfigured.
 *
 * That vswitchd has acted does not mean that it succeeded: `outcome` tells what the rows must show then, such as a vhost port that is connected. `timeoutMs`
 * bounds the whole. The transaction and the wait go out together; the server works through them in order.
 */
export async function commitAndWait<const Ops extends readonly Operation[], const C extends Columns = Columns>(
  client: JsonRpcClient,
  operations: Ops,
  outcome: CallOptions | Outcome<C> = {},
): Promise<ResultsOf<Ops>> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = outcome;
  const deadline = performance.now() + timeoutMs;
  // The table holds one row (its schema says maxRows 1), so an empty condition means that row.
  const bump = mutate(OPEN_VSWITCH, [], [["next_cfg", "+=", 1]]);
  const read = select(OPEN_VSWITCH, [], { next_cfg: "integer" });
  const giveUp = new AbortController();
  const signals = [giveUp.signal, ...(signal === undefined ? [] : [signal])];
  const transaction = transact(client, OPEN_VSWITCH, [...operations, bump, read], { signal, timeoutMs });
  // What the server shows first is of after the transaction, whose number is in it then.
  const seen = untilApplied(client, undefined, outcome, { signal: AbortSignal.any(signals), timeoutMs });
  seen.catch(() => {});
  try {
    const results = await transaction;
    const [row] = results[operations.length + 1] as ResultsOf<[typeof read]>[0];
    if (row === undefined) throw noRootRow(client);
    if ((await seen) < row.next_cfg) {
      const left = Math.max(1, deadline - performance.now());
      await untilApplied(client, row.next_cfg, outcome, { signal, timeoutMs: left });
    }
    return results.slice(0, operations.length) as unknown as ResultsOf<Ops>;
  } catch (error) {
    giveUp.abort();
    throw error;
  }
}

const APPLIED = { cur_cfg: "integer", next_cfg: "integer" } as const;

/** Gives the number of the configuration that was waited for: `wanted`, or the newest at the first look. */
async function untilApplied<C extends Columns>(
  client: JsonRpcClient,
  wanted: number | undefined,
  outcome: CallOptions | Outcome<C>,
  options: CallOptions,
): Promise<number> {
  let awaited = wanted;
  const applied = (rows: TableRows<typeof APPLIED>): number | undefined => {
    const [row] = rows.values();
    awaited ??= row?.next_cfg;
    return row !== undefined && awaited !== undefined && row.cur_cfg >= awaited ? awaited : undefined;
  };
  if (!("until" in outcome)) {
    return await monitorTablesUntil(client, {
      ...options,
      db: OPEN_VSWITCH,
      tables: { [OPEN_VSWITCH]: APPLIED },
      until: (tables) => applied(tables[OPEN_VSWITCH]),
      what: "ovs-vswitchd has applied its configuration",
    });
  }
  const { table, columns, what } = outcome;
  return await monitorTablesUntil(client, {
    ...options,
    db: OPEN_VSWITCH,
    tables: { [OPEN_VSWITCH]: APPLIED, [table]: columns },
    until: (tables) => {
      const number = applied(tables[OPEN_VSWITCH] as TableRows<typeof APPLIED>);
      return number !== undefined && outcome.until(tables[table] as TableRows<C>) ? number : undefined;
    },
    what,
  });
}

/**
 * Writes columns of the one row of the table Open_vSwitch, and makes it where there is none, as `ovs-vsctl init` does: a fresh database has none, and vswitchd
 * does not make it. Safe against another client doing the same at the same moment.
 */
export async function setRootRow(client: JsonRpcClient, row: OvsdbRow, options?: CallOptions): Promise<void> {
  const none = wait({ table: OPEN_VSWITCH, where: [], columns: ["next_cfg"], until: "==", rows: [] });
  try {
    await transact(client, OPEN_VSWITCH, [none, insert(OPEN_VSWITCH, row)], options);
  } catch (error) {
    if (!(error instanceof OvsdbError)) throw error;
    const [{ count }] = await transact(client, OPEN_VSWITCH, [update(OPEN_VSWITCH, [], row)], options);
    if (count === 0) throw error;
  }
}

function noRootRow(client: JsonRpcClient): OvsdbError {
  const details = "the table has no row; make it with setRootRow first";
  return new OvsdbError({
    index: undefined,
    operation: "commit",
    error: "no Open_vSwitch row",
    details,
    peer: client.peer,
  });
}
