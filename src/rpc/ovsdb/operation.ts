import type { Columns } from "./column.ts";
import { encodeRow, encodeValue, type OvsdbRow, type OvsdbValue } from "./value.ts";

/** A clause of a `where` (RFC 7047 5.1 `<condition>`): the row matches if `column function value` holds. */
export type Condition = readonly [
  column: string,
  operator: "==" | "!=" | "<" | "<=" | ">" | ">=" | "includes" | "excludes",
  value: OvsdbValue,
];

/** A change of one column in place (RFC 7047 5.1 `<mutation>`); `insert` and `delete` work on sets and maps. */
export type Mutation = readonly [
  column: string,
  mutator: "+=" | "-=" | "*=" | "/=" | "%=" | "insert" | "delete",
  value: OvsdbValue,
];

/** RFC 7047 5.2.1. `name` lets other operations of the transaction refer to the new row with {@link namedUuid}. */
export interface InsertOperation {
  readonly op: "insert";
  readonly table: string;
  readonly row: OvsdbRow;
  readonly name?: string | undefined;
}

/** RFC 7047 5.2.2. All clauses of `where` must hold; an empty `where` matches every row. */
export interface SelectOperation<C extends Columns = Columns> {
  readonly op: "select";
  readonly table: string;
  readonly where: readonly Condition[];
  readonly columns: C;
}

/** RFC 7047 5.2.3. */
export interface UpdateOperation {
  readonly op: "update";
  readonly table: string;
  readonly where: readonly Condition[];
  readonly row: OvsdbRow;
}

/** RFC 7047 5.2.4. */
export interface MutateOperation {
  readonly op: "mutate";
  readonly table: string;
  readonly where: readonly Condition[];
  readonly mutations: readonly Mutation[];
}

/** RFC 7047 5.2.5. */
export interface DeleteOperation {
  readonly op: "delete";
  readonly table: string;
  readonly where: readonly Condition[];
}

/** RFC 7047 5.2.6: the transaction goes on only once (within `timeoutMs`) the selected rows are, or are not, exactly `rows`. */
export interface WaitOperation {
  readonly op: "wait";
  readonly table: string;
  readonly where: readonly Condition[];
  readonly columns: readonly string[];
  readonly until: "==" | "!=";
  readonly rows: readonly OvsdbRow[];
  readonly timeoutMs: number;
}

/** RFC 7047 5.2.7 to 5.2.10. */
export type OtherOperation =
  | { readonly op: "commit"; readonly durable: boolean }
  | { readonly op: "abort" }
  | { readonly op: "comment"; readonly comment: string }
  | { readonly op: "assert"; readonly lock: string };

/** One step of a transaction: a plain value that can be looked at, compared and printed before it is sent. */
export type Operation =
  | InsertOperation
  | SelectOperation
  | UpdateOperation
  | MutateOperation
  | DeleteOperation
  | WaitOperation
  | OtherOperation;

/** Adds a row. Its result is the new row's {@link UuidRef}. */
export function insert(table: string, row: OvsdbRow, name?: string): InsertOperation {
  return { op: "insert", table, row, name };
}

/** Fetches rows. Its result is an array of rows, typed by `columns`. */
export function select<const C extends Columns>(
  table: string,
  where: readonly Condition[],
  columns: C,
): SelectOperation<C> {
  return { op: "select", table, where, columns };
}

/** Overwrites columns of the matching rows. Its result is `{ count }`. */
export function update(table: string, where: readonly Condition[], row: OvsdbRow): UpdateOperation {
  return { op: "update", table, where, row };
}

/** Changes columns of the matching rows in place. Its result is `{ count }`. */
export function mutate(table: string, where: readonly Condition[], mutations: readonly Mutation[]): MutateOperation {
  return { op: "mutate", table, where, mutations };
}

/** Deletes the matching rows. Its result is `{ count }`. */
export function deleteRows(table: string, where: readonly Condition[]): DeleteOperation {
  return { op: "delete", table, where };
}

/** Guards a transaction against other writers. A `timeoutMs` of 0, the default, checks once and fails with "timed out". */
export function wait(
  operation: Omit<WaitOperation, "op" | "timeoutMs"> & { readonly timeoutMs?: number },
): WaitOperation {
  return { timeoutMs: 0, ...operation, op: "wait" };
}

/** Puts a line into the database's log, for people. */
export function comment(text: string): OtherOperation {
  return { op: "comment", comment: text };
}

/** Ends the transaction without effect, for trying one out; the server then reports the error "aborted". */
export function abort(): OtherOperation {
  return { op: "abort" };
}

/** Makes the answer wait until the transaction is on disk. */
export function commit(durable: boolean): OtherOperation {
  return { op: "commit", durable };
}

/** Fails with "not owner" unless this connection holds the named lock. */
export function assertLock(lock: string): OtherOperation {
  return { op: "assert", lock };
}

/** The operation as it goes over the wire. */
export function encodeOperation(operation: Operation): Readonly<Record<string, unknown>> {
  switch (operation.op) {
    case "insert": {
      const { op, table, row, name } = operation;
      return { op, table, row: encodeRow(row), ...(name === undefined ? {} : { "uuid-name": name }) };
    }
    case "select":
      return { ...selector(operation), columns: Object.keys(operation.columns) };
    case "update":
      return { ...selector(operation), row: encodeRow(operation.row) };
    case "mutate":
      return { ...selector(operation), mutations: operation.mutations.map(encodeClause) };
    case "delete":
      return selector(operation);
    case "wait": {
      const { columns, until, rows, timeoutMs } = operation;
      return { ...selector(operation), columns, until, rows: rows.map(encodeRow), timeout: timeoutMs };
    }
    default:
      return operation;
  }
}

/** A few words that name the operation in an error, e.g. `mutate Bridge where name == "br0"`. */
export function summarise(operation: Operation): string {
  if (!("table" in operation)) return operation.op;
  const { op, table } = operation;
  if (op === "insert") {
    const name = operation.row.name ?? operation.name;
    return name === undefined ? `insert ${table}` : `insert ${table} ${JSON.stringify(name)}`;
  }
  if (operation.where.length === 0) return `${op} ${table}`;
  const clauses = operation.where.map(
    ([column, operator, value]) => `${column} ${operator} ${JSON.stringify(encodeValue(value))}`,
  );
  return `${op} ${table} where ${clauses.join(" and ")}`;
}

function selector(operation: { op: string; table: string; where: readonly Condition[] }) {
  return { op: operation.op, table: operation.table, where: operation.where.map(encodeClause) };
}

function encodeClause([column, operator, value]: Condition | Mutation): readonly unknown[] {
  return [column, operator, encodeValue(value)];
}
