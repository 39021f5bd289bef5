import { JsonRpcClient } from "../rpc/json-rpc.ts";
import { OpenFlowClient } from "../rpc/openflow/openflow-client.ts";
import { OPENFLOW_1_4 } from "../rpc/openflow/wire.ts";
import { OvsControl } from "../rpc/ovs-control/ovs-control.ts";
import type { HostReader } from "./driver.ts";

/** The database of the OVS that runs in this directory. */
export async function openOvsdb(host: HostReader, runDirectory: string): Promise<JsonRpcClient> {
  const stream = await host.connect(`${runDirectory}/db.sock`);
  return new JsonRpcClient(stream, { peer: `OVSDB in ${runDirectory}` });
}

/** The OpenFlow management socket of a bridge. */
export async function openBridge(host: HostReader, runDirectory: string, bridge: string): Promise<OpenFlowClient> {
  return new OpenFlowClient(await host.connect(`${runDirectory}/${bridge}.mgmt`), { peer: `bridge ${bridge}` });
}

/** The same for what only OpenFlow 1.4 can tell: counters of ports by name. */
export async function openNamedCounters(
  host: HostReader,
  runDirectory: string,
  bridge: string,
): Promise<OpenFlowClient> {
  const stream = await host.connect(`${runDirectory}/${bridge}.mgmt`);
  return new OpenFlowClient(stream, { peer: `bridge ${bridge}`, version: OPENFLOW_1_4 });
}

/** ovs-vswitchd's control socket. */
export async function openOvsControl(host: HostReader, runDirectory: string): Promise<OvsControl> {
  const stream = await host.connect(`${runDirectory}/vswitchd.ctl`);
  return new OvsControl(new JsonRpcClient(stream, { peer: `ovs-vswitchd in ${runDirectory}` }));
}
