import { labDirectory } from "../lab/names.ts";
import { type PortSpec, specDigest } from "../lab/resource.ts";
import { UPLINK_BRIDGE } from "../lab/tunnel.ts";
import type { ObservedOf } from "../plan/plan.ts";
import type { JsonRpcClient } from "../rpc/json-rpc.ts";
import { commitAndWait, OPEN_VSWITCH } from "../rpc/ovsdb/commit.ts";
import { insert, mutate, select } from "../rpc/ovsdb/operation.ts";
import { transact } from "../rpc/ovsdb/transact.ts";
import { namedUuid } from "../rpc/ovsdb/value.ts";
import {
  INTERFACE_COLUMNS,
  interfaceRow,
  isOfUplink,
  portSpec,
  throwIfNotInDatapath,
  throwIfRefused,
} from "./bridge-port.ts";
import type { Driver, Observe, World } from "./driver.ts";
import { observedSwitch } from "./observed-switch.ts";
import { readableSpec } from "./readable-spec.ts";

/** Loading an XDP program takes some hundred milliseconds; a PMD that is busy may hold it up. */
const PORT_TIMEOUT_MS = 15_000;

/** Ports on veth pairs and tunnels, as the switch's database has them now. */
export const observePorts: Observe = async (reader, lab) => {
  const runDirectory = `${labDirectory(lab)}/switch`;
  const found = await observedSwitch(reader, lab, async (database) => {
    const [bridges, interfaces] = await transact(database, OPEN_VSWITCH, [
      select("Bridge", [["name", "!=", UPLINK_BRIDGE]], { name: "string" }),
      select("Interface", [], INTERFACE_COLUMNS),
    ]);
    return { bridge: bridges[0]?.name, interfaces };
  });
  const { bridge, interfaces = [] } = found ?? {};
  if (bridge === undefined) return [];
  return interfaces
    .filter((row) => TYPES.has(row.type) && !isOfUplink(row))
    .map((row): ObservedOf<"port"> => {
      const spec: PortSpec = { runDirectory, bridge, port: portSpec(row) };
      return {
        kind: "port",
        id: `port:${row.name}`,
        lab,
        digest: specDigest(spec),
        spec,
        problem: row.error === undefined ? undefined : { text: `is in error: ${row.error}`, repairable: false },
        inside: `bridge:${bridge}`,
        hugePages: 0,
      };
    });
};

/** Of the ports that are resources of their own; the others come with the bridge (bridge.ts). */
const TYPES: ReadonlySet<string> = new Set(["afxdp", "", "vxlan", "geneve"]);

export const portDriver: Driver<"port"> = {
  create: async (world, { spec }) => {
    const database = await world.links.database(spec.runDirectory);
    // What an interrupted apply left refers to an interface that is no more.
    await removePort(database, world, spec);
    await commitAndWait(database, insertion(spec), { signal: world.signal, timeoutMs: PORT_TIMEOUT_MS });
    await throwIfRefused(database, spec.port.name);
    await throwIfNotInDatapath(world, { ...spec, ports: [spec.port] });
  },
  update: async () => {},
  delete: async (world, observed) => {
    const spec = readableSpec(observed);
    const database = await world.links.database(spec.runDirectory);
    await removePort(database, world, spec);
  },
};

function insertion({ bridge, port }: PortSpec) {
  return [
    insert("Interface", { ...interfaceRow(port), name: port.name, type: port.type }, "interface"),
    insert("Port", { name: port.name, interfaces: [namedUuid("interface")] }, "port"),
    mutate("Bridge", [["name", "==", bridge]], [["ports", "insert", [namedUuid("port")]]]),
  ];
}

/** Without a reference the port is collected as garbage (vswitch.ovsschema). */
async function removePort(database: JsonRpcClient, world: World, { bridge, port }: PortSpec): Promise<void> {
  const [ports] = await transact(database, OPEN_VSWITCH, [
    select("Port", [["name", "==", port.name]], { _uuid: "uuid" }),
  ]);
  if (ports.length === 0) return;
  const gone = mutate("Bridge", [["name", "==", bridge]], [["ports", "delete", ports.map((row) => row._uuid)]]);
  await commitAndWait(database, [gone], { signal: world.signal, timeoutMs: PORT_TIMEOUT_MS });
}
