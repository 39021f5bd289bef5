import type { JsonRpcClient } from "../rpc/json-rpc.ts";
import { commitAndWait, OPEN_VSWITCH } from "../rpc/ovsdb/commit.ts";
import { mutate, select } from "../rpc/ovsdb/operation.ts";
import { transact } from "../rpc/ovsdb/transact.ts";

/** Takes a bridge away; one that is not there is fine. Without a reference it and its ports are collected as garbage (vswitch.ovsschema). */
export async function removeBridge(database: JsonRpcClient, bridge: string, signal: AbortSignal): Promise<void> {
  const [rows] = await transact(database, OPEN_VSWITCH, [
    select("Bridge", [["name", "==", bridge]], { _uuid: "uuid" }),
  ]);
  if (rows.length === 0) return;
  const gone = mutate(OPEN_VSWITCH, [], [["bridges", "delete", rows.map(({ _uuid }) => _uuid)]]);
  await commitAndWait(database, [gone], { signal });
}
