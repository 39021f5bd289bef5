import { HostError } from "../host/host.ts";
import { labDirectory } from "../lab/names.ts";
import type { JsonRpcClient } from "../rpc/json-rpc.ts";
import { RpcError } from "../rpc/rpc-error.ts";
import type { Reader } from "./driver.ts";
import { LABEL } from "./labels.ts";
import { openOvsdb } from "./ovs-connect.ts";

/**
 * Reads something from the database of the lab's switch; undefined if the switch does not run or does not answer (it has just been started, or it hangs), for
 * it can be replaced and destroyed all the same. A paused one would take the connection and never answer, so the container is asked first.
 */
export async function observedSwitch<T>(
  reader: Reader,
  lab: string,
  read: (database: JsonRpcClient) => Promise<T>,
): Promise<T | undefined> {
  if (!(await switchRuns(reader, lab))) return undefined;
  try {
    await using database = await openOvsdb(reader.host, `${labDirectory(lab)}/switch`);
    return await read(database);
  } catch (error) {
    if (error instanceof HostError || error instanceof RpcError) return undefined;
    throw error;
  }
}

/** Whether the lab has a switch that can answer. */
export async function switchRuns(reader: Reader, lab: string): Promise<boolean> {
  const containers = await reader.docker.containers(`${LABEL.lab}=${lab}`);
  const ofSwitch = containers.find((container) => container.Labels[LABEL.resource]?.startsWith("switch:"));
  return ofSwitch?.State === "running";
}

/** Name and first process of the container of the lab's switch. */
export async function switchProcess(
  reader: Reader,
  lab: string,
): Promise<{ readonly name: string; readonly pid: number } | undefined> {
  const containers = await reader.docker.containers(`${LABEL.lab}=${lab}`);
  const found = containers.find((container) => container.Labels[LABEL.resource]?.startsWith("switch:"));
  if (found === undefined) return undefined;
  const { State } = await reader.docker.inspect(found.Id);
  return { name: (found.Names[0] ?? "").replace(/^\//, ""), pid: State.Pid };
}
