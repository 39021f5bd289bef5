import { HostError } from "../host/host.ts";
import { labDirectory } from "../lab/names.ts";
import type { PmdQueues } from "../rpc/ovs-control/pmd-rxq-show.ts";
import { RpcError } from "../rpc/rpc-error.ts";
import type { Reader } from "./driver.ts";
import { switchRuns } from "./observed-switch.ts";
import { openOvsControl } from "./ovs-connect.ts";

const ANSWER_MS = 2_000;

/** Which poll-mode thread of a lab's switch polls which receive queue, as OVS tells it; empty without a switch that answers. */
export async function switchQueues(reader: Reader, lab: string): Promise<readonly PmdQueues[]> {
  if (!(await switchRuns(reader, lab))) return [];
  try {
    await using control = await openOvsControl(reader.host, `${labDirectory(lab)}/switch`);
    return await control.pmdQueues({ timeoutMs: ANSWER_MS });
  } catch (error) {
    if (error instanceof HostError || error instanceof RpcError) return [];
    throw error;
  }
}
