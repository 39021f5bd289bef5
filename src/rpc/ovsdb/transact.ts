import type { CallOptions } from "../call-options.ts";
import type { JsonRpcClient } from "../json-rpc.ts";
import { RpcError } from "../rpc-error.ts";
import { type Columns, decodeRow, decodeValue, type RowOf } from "./column.ts";
import {
  type DeleteOperation,
  encodeOperation,
  type InsertOperation,
  type MutateOperation,
  type Operation,
  type SelectOperation,
  summarise,
  type UpdateOperation,
} from "./operation.ts";
import { OvsdbError } from "./ovsdb-error.ts";
import type { UuidRef } from "./value.ts";

/** What an operation answers when the transaction succeeds. */
export type ResultOf<O extends Operation> =
  O extends SelectOperation<infer C extends Columns>
    ? readonly RowOf<C>[]
    : O extends InsertOperation
      ? UuidRef
      : O extends UpdateOperation | MutateOperation | DeleteOperation
        ? { readonly count: number }
        : undefined;

/** The results of a transaction, one for each operation, in order. */
export type ResultsOf<Ops extends readonly Operation[]> = { readonly [I in keyof Ops]: ResultOf<Ops[I]> };

/**
 * Runs the operations as one transaction on database `db` (RFC 7047 4.1.3): all of them or none. Rejects with {@link OvsdbError}
 * when the server refuses, with {@link RpcError} when the connection or the answer is at fault. After a timeout or an abort the
 * transaction may still take effect.
 */
export async function transact<const Ops extends readonly Operation[]>(
  client: JsonRpcClient,
  db: string,
  operations: Ops,
  options?: CallOptions,
): Promise<ResultsOf<Ops>> {
  const answer = await client.call("transact", [db, ...operations.map(encodeOperation)], options);
  if (!Array.isArray(answer)) throw nonsense(client, "the answer to a transaction is not an array");
  throwIfRefused(answer, operations, client.peer);
  return operations.map((operation, index) => decodeResult(client, operation, index, answer[index])) as ResultsOf<Ops>;
}

/**
 * RFC 7047 4.1.3: the answer has an element for each operation; one that failed is an error object and those after it are null.
 * If all succeeded but the commit failed there is one element more, the error.
 */
function throwIfRefused(answer: readonly unknown[], operations: readonly Operation[], peer: string): void {
  const index = answer.findIndex((item) => typeof item === "object" && item !== null && "error" in item);
  if (index < 0) return;
  const { error, details } = answer[index] as { error: unknown; details?: unknown };
  const failed = operations[index];
  throw new OvsdbError({
    index: failed === undefined ? undefined : index,
    operation: failed === undefined ? "commit" : summarise(failed),
    error: String(error),
    details: typeof details === "string" ? details : "",
    peer,
  });
}

function decodeResult(client: JsonRpcClient, operation: Operation, index: number, wire: unknown): unknown {
  try {
    return decodeByKind(operation, wire);
  } catch (cause) {
    const what = `operation ${index} (${summarise(operation)})`;
    throw nonsense(client, `cannot read the result of ${what}: ${(cause as Error).message}`, cause);
  }
}

function decodeByKind(operation: Operation, wire: unknown): unknown {
  const result = (wire ?? {}) as Readonly<Record<string, unknown>>;
  switch (operation.op) {
    case "insert":
      return decodeValue(result.uuid, "uuid");
    case "select":
      if (!Array.isArray(result.rows)) throw new TypeError("no rows in it");
      return result.rows.map((row) => decodeRow(row, operation.columns));
    case "update":
    case "mutate":
    case "delete":
      return { count: decodeValue(result.count, "integer") };
    default:
      return undefined;
  }
}

function nonsense(client: JsonRpcClient, detail: string, cause?: unknown): RpcError {
  return new RpcError({ kind: "protocol", method: "transact", peer: client.peer, detail, cause });
}
