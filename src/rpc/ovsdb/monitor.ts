import type { CallOptions } from "../call-options.ts";
import type { JsonRpcClient } from "../json-rpc.ts";
import { PendingCalls } from "../pending-calls.ts";
import { type Columns, decodeRow, type RowOf } from "./column.ts";

/** The rows of a monitored table by UUID, as they are now. */
export type TableRows<C extends Columns> = ReadonlyMap<string, RowOf<C>>;

/** Columns by table. */
export type Tables = Readonly<Record<string, Columns>>;

/** What {@link monitorUntil} waits for. */
export interface MonitorRequest<C extends Columns, R> extends CallOptions {
  readonly db: string;
  readonly table: string;
  readonly columns: C;
  /** Looks at the table's rows; answers what to resolve to, or `undefined` to wait for the next change. */
  readonly until: (rows: TableRows<C>) => R | undefined;
  /** What is waited for, in words for an error: `port vh0 is connected`. */
  readonly what: string;
}

/** The same for several tables, whose changes in one transaction are seen together. */
export interface TablesRequest<T extends Tables, R> extends CallOptions {
  readonly db: string;
  readonly tables: T;
  /** Looks at the tables' rows; answers what to resolve to, or `undefined` to wait for the next change. */
  readonly until: (rows: { readonly [Name in keyof T]: TableRows<T[Name]> }) => R | undefined;
  /** What is waited for, in words for an error: `port vh0 is connected`. */
  readonly what: string;
}

let nextMonitor = 1;

/** {@link monitorTablesUntil} for one table. */
export async function monitorUntil<const C extends Columns, R>(
  client: JsonRpcClient,
  { table, columns, until, ...request }: MonitorRequest<C, R>,
): Promise<R> {
  return await monitorTablesUntil(client, {
    ...request,
    tables: { [table]: columns },
    until: (tables) => until(tables[table] as TableRows<C>),
  });
}

/**
 * Waits for a condition on tables, driven by the server's `monitor` updates (RFC 7047 4.1.5, 4.1.6), never by polling. Resolves
 * at once if the condition holds already. Rejects with RpcError (`timeout`, `aborted`, `closed`, `remote` for an unknown table or
 * column), or with what `until` throws.
 */
export async function monitorTablesUntil<const T extends Tables, R>(
  client: JsonRpcClient,
  request: TablesRequest<T, R>,
): Promise<R> {
  const monitor = `corebed-${nextMonitor++}`;
  const waits = new PendingCalls(client.peer);
  const rows = Object.fromEntries(
    Object.keys(request.tables).map((table) => [table, new Map<string, RowOf<Columns>>()]),
  );
  const stops: (() => void)[] = [];
  const start = (wait: number) => {
    const take = (updates: unknown) => {
      try {
        for (const [table, columns] of Object.entries(request.tables)) {
          applyUpdates(rows[table] ?? new Map(), (updates as Readonly<Record<string, unknown>>)[table], columns);
        }
        const result = request.until(rows as unknown as Parameters<typeof request.until>[0]);
        if (result !== undefined) waits.settle(wait, result);
      } catch (error) {
        waits.fail(wait, error as Error);
      }
    };
    // Updates can arrive in one chunk with the first answer, before the code that awaits it runs: they are held until then.
    let held: unknown[] | undefined = [];
    stops.push(
      client.onNotification((method, [id, updates]) => {
        if (method !== "update" || id !== monitor) return;
        if (held === undefined) take(updates);
        else held.push(updates);
      }),
      client.onClose((reason) => waits.failAll("closed", "the connection closed", reason)),
    );
    const requests = Object.entries(request.tables).map(
      ([table, columns]) => [table, { columns: Object.keys(columns) }] as const,
    );
    const params = [request.db, monitor, Object.fromEntries(requests)];
    client.call("monitor", params, request).then(
      (initial) => {
        const later = held ?? [];
        held = undefined;
        for (const updates of [initial, ...later]) take(updates);
      },
      (error) => waits.fail(wait, error),
    );
  };
  try {
    return (await waits.open(`wait until ${request.what}`, start, request)) as R;
  } finally {
    for (const stop of stops) stop();
    // In the background: the outcome must not wait for the farewell, nor be lost to it.
    client.call("monitor_cancel", [monitor], { timeoutMs: request.timeoutMs }).catch(() => undefined);
  }
}

/** RFC 7047 4.1.6 `<row-update>`: `new` holds every monitored column; a row without it is gone. */
function applyUpdates<C extends Columns>(rows: Map<string, RowOf<C>>, updates: unknown, columns: C): void {
  const byUuid = (updates ?? {}) as Readonly<Record<string, { readonly new?: unknown }>>;
  for (const [uuid, change] of Object.entries(byUuid)) {
    if (change.new === undefined) rows.delete(uuid);
    else rows.set(uuid, decodeRow(change.new, columns));
  }
}
