import { type CallOptions, DEFAULT_TIMEOUT_MS } from "../call-options.ts";
import type { JsonRpcClient } from "../json-rpc.ts";
import { monitorUntil } from "./monitor.ts";
import { insert, mutate, type Operation, select, wait } from "./operation.ts";
import { OvsdbError } from "./ovsdb-error.ts";
import { type ResultsOf, transact } from "./transact.ts";
import type { UuidRef } from "./value.ts";

/** The database of a switch. */
export const OPEN_VSWITCH = "Open_vSwitch";

/**
 * Runs the operations on the switch's database and waits until ovs-vswitchd has acted on them, as ovs-vsctl does without
 * `--no-wait`: the same transaction increments `next_cfg`, and vswitchd sets `cur_cfg` to it after it has reconfigured.
 *
 * That vswitchd has acted does not mean that it succeeded: read `Interface.error` and `ofport` afterwards, and wait for
 * `Interface.status:status` of a vhost port to become `connected`. `timeoutMs` bounds the whole.
 */
export async function commitAndWait<const Ops extends readonly Operation[]>(
  client: JsonRpcClient,
  operations: Ops,
  options: CallOptions = {},
): Promise<ResultsOf<Ops>> {
  const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const deadline = performance.now() + timeoutMs;
  // The table holds one row (its schema says maxRows 1), so an empty condition means that row.
  const bump = mutate(OPEN_VSWITCH, [], [["next_cfg", "+=", 1]]);
  const read = select(OPEN_VSWITCH, [], { next_cfg: "integer" });
  const results = await transact(client, OPEN_VSWITCH, [...operations, bump, read], { signal, timeoutMs });
  const [row] = results[operations.length + 1] as ResultsOf<[typeof read]>[0];
  if (row === undefined) throw noRootRow(client);
  await monitorUntil(client, {
    db: OPEN_VSWITCH,
    table: OPEN_VSWITCH,
    columns: { cur_cfg: "integer" },
    until: (rows) => [...rows.values()].some(({ cur_cfg }) => cur_cfg >= row.next_cfg) || undefined,
    what: `ovs-vswitchd has applied configuration ${row.next_cfg}`,
    signal,
    timeoutMs: Math.max(1, deadline - performance.now()),
  });
  return results.slice(0, operations.length) as unknown as ResultsOf<Ops>;
}

/**
 * Makes sure that the one row of the table Open_vSwitch exists, as `ovs-vsctl init` does: a fresh database has none, and vswitchd
 * does not make it. Safe against another client doing the same at the same moment.
 */
export async function ensureRootRow(client: JsonRpcClient, options?: CallOptions): Promise<UuidRef> {
  const find = select(OPEN_VSWITCH, [], { _uuid: "uuid" });
  const [found] = await transact(client, OPEN_VSWITCH, [find], options);
  if (found[0] !== undefined) return found[0]._uuid;
  const stillNone = wait({ table: OPEN_VSWITCH, where: [], columns: ["next_cfg"], until: "==", rows: [] });
  try {
    const [, made] = await transact(client, OPEN_VSWITCH, [stillNone, insert(OPEN_VSWITCH, {})], options);
    return made;
  } catch (error) {
    if (!(error instanceof OvsdbError)) throw error;
    const [other] = await transact(client, OPEN_VSWITCH, [find], options);
    if (other[0] === undefined) throw error;
    return other[0]._uuid;
  }
}

function noRootRow(client: JsonRpcClient): OvsdbError {
  const details = "the table has no row; make it with ensureRootRow first";
  return new OvsdbError({
    index: undefined,
    operation: "commit",
    error: "no Open_vSwitch row",
    details,
    peer: client.peer,
  });
}
