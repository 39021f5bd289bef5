import { labDirectory } from "../lab/names.ts";
import { type BridgePortSpec, type BridgeSpec, specDigest } from "../lab/resource.ts";
import { UPLINK_BRIDGE } from "../lab/tunnel.ts";
import type { JsonRpcClient } from "../rpc/json-rpc.ts";
import { commitAndWait, OPEN_VSWITCH } from "../rpc/ovsdb/commit.ts";
import { insert, mutate, type Operation, select, update } from "../rpc/ovsdb/operation.ts";
import { transact } from "../rpc/ovsdb/transact.ts";
import { namedUuid } from "../rpc/ovsdb/value.ts";
import { INTERFACE_COLUMNS, interfaceRow, PortRefusedError, portSpec, throwIfNotInDatapath } from "./bridge-port.ts";
import type { Driver, Observe, World } from "./driver.ts";
import { observedSwitch } from "./observed-switch.ts";
import { readableSpec } from "./readable-spec.ts";
import { removeBridge } from "./remove-bridge.ts";

/** vhost clients try once a second, and a chain's NFs set up one port after another. */
const CONNECT_TIMEOUT_MS = 30_000;

/** The ports that come with the bridge, towards NFs and on network cards; others are resources of their own (switch-port.ts). */
const BRIDGE_TYPES: ReadonlySet<string> = new Set(["dpdkvhostuserclient", "dpdk"]);

/** The bridge as the database has it now, so that a change from outside shows as a difference. */
export const observeBridge: Observe = async (reader, lab) => {
  const runDirectory = `${labDirectory(lab)}/switch`;
  const found = await observedSwitch(reader, lab, async (database) => {
    const [bridges, interfaces] = await transact(database, OPEN_VSWITCH, [
      select("Bridge", [["name", "!=", UPLINK_BRIDGE]], { name: "string" }),
      select("Interface", [], INTERFACE_COLUMNS),
    ]);
    return { bridges, interfaces };
  });
  return (found?.bridges ?? []).map(({ name }) => {
    const own = (found?.interfaces ?? []).filter((row) => BRIDGE_TYPES.has(row.type));
    const ports = own.map(portSpec).toSorted((a, b) => a.ofport - b.ofport);
    const broken = own.find((row) => row.error !== undefined);
    const spec: BridgeSpec = { runDirectory, bridge: name, ports };
    return {
      kind: "bridge",
      id: `bridge:${name}`,
      lab,
      digest: specDigest(spec),
      spec,
      problem:
        broken === undefined
          ? undefined
          : { text: `port ${broken.name} is in error: ${broken.error}`, repairable: true },
      inside: "switch:switch",
      hugePages: 0,
    };
  });
};

export const bridgeDriver: Driver<"bridge"> = {
  create: (world, resource) => converge(world, resource.spec),
  update: (world, resource) => converge(world, resource.spec),
  delete: async (world, observed) => {
    const { runDirectory, bridge } = readableSpec(observed);
    const database = await world.links.database(runDirectory);
    await removeBridge(database, bridge, world.signal);
  },
};

/** Brings bridge and ports to the spec in one transaction, then sees that vswitchd took every port and every peer is there. */
async function converge(world: World, spec: BridgeSpec): Promise<void> {
  const database = await world.links.database(spec.runDirectory);
  await commitAndWait(database, await operations(database, spec), {
    table: "Interface",
    columns: {
      name: "string",
      error: { optional: "string" },
      status: { map: ["string", "string"] },
      link_state: { optional: "string" },
    },
    until: (rows) => {
      const byName = new Map([...rows.values()].map((row) => [row.name, row]));
      const broken = spec.ports.find((port) => byName.get(port.name)?.error !== undefined);
      if (broken !== undefined) throw new PortRefusedError(broken.name, byName.get(broken.name)?.error ?? "");
      const isReady = ({ name, type }: BridgePortSpec): boolean => {
        const row = byName.get(name);
        return type === "dpdk" ? row?.link_state === "up" : row?.status.get("status") === "connected";
      };
      return spec.ports.every(isReady);
    },
    what: readiness(spec),
    timeoutMs: CONNECT_TIMEOUT_MS,
    signal: world.signal,
  });
  await throwIfNotInDatapath(world, spec);
}

function readiness({ ports }: BridgeSpec): string {
  const nics = ports.filter(({ type }) => type === "dpdk").map(({ name }) => name);
  const words = `all ${ports.length - nics.length} vhost-user ports are connected to their NFs`;
  return nics.length === 0 ? words : `${words}, and ${nics.join(" and ")} have a link`;
}

async function operations(database: JsonRpcClient, spec: BridgeSpec): Promise<readonly Operation[]> {
  const [bridges, ports, interfaces] = await transact(database, OPEN_VSWITCH, [
    select("Bridge", [["name", "==", spec.bridge]], { _uuid: "uuid" }),
    select("Port", [], { _uuid: "uuid", name: "string" }),
    select("Interface", [], { name: "string", type: "string" }),
  ]);
  const others = new Set(interfaces.filter(({ type }) => !BRIDGE_TYPES.has(type)).map(({ name }) => name));
  const existing = new Set(interfaces.map((row) => row.name));
  const wanted = new Set(spec.ports.map((port) => port.name));
  const added = spec.ports.filter((port) => !existing.has(port.name));
  const kept = spec.ports.filter((port) => existing.has(port.name));
  const inserts = added.flatMap((port, index) => [
    insert("Interface", { ...interfaceRow(port), name: port.name, type: port.type }, `interface${index}`),
    insert("Port", { name: port.name, interfaces: [namedUuid(`interface${index}`)] }, `port${index}`),
  ]);
  const updates = kept.map((port) => update("Interface", [["name", "==", port.name]], interfaceRow(port)));
  const newPorts = added.map((_, index) => namedUuid(`port${index}`));
  const bridge = bridges[0];
  if (bridge === undefined) return [...inserts, ...updates, ...newBridge(spec, newPorts)];
  // The bridge's own internal port is among the others.
  const leaving = ports.filter(({ name }) => !wanted.has(name) && !others.has(name)).map((row) => row._uuid);
  const members = mutate(
    "Bridge",
    [["_uuid", "==", bridge._uuid]],
    [
      ["ports", "delete", leaving],
      ["ports", "insert", newPorts],
    ],
  );
  return [...inserts, ...updates, members];
}

/** `secure`: without flows a bridge forwards nothing, instead of flooding like a learning switch. */
function newBridge(spec: BridgeSpec, ports: readonly { readonly namedUuid: string }[]): readonly Operation[] {
  return [
    insert("Interface", { name: spec.bridge, type: "internal" }, "bridge_interface"),
    insert("Port", { name: spec.bridge, interfaces: [namedUuid("bridge_interface")] }, "bridge_port"),
    insert(
      "Bridge",
      {
        name: spec.bridge,
        datapath_type: "netdev",
        fail_mode: ["secure"],
        ports: [namedUuid("bridge_port"), ...ports],
      },
      "bridge",
    ),
    mutate(OPEN_VSWITCH, [], [["bridges", "insert", [namedUuid("bridge")]]]),
  ];
}
