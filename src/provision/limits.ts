import { labDirectory } from "../lab/names.ts";
import { type LimitsSpec, type PortLimitSpec, specDigest } from "../lab/resource.ts";
import { UPLINK_BRIDGE } from "../lab/tunnel.ts";
import type { JsonRpcClient } from "../rpc/json-rpc.ts";
import { commitAndWait, OPEN_VSWITCH } from "../rpc/ovsdb/commit.ts";
import { deleteRows, insert, type Operation, select, update } from "../rpc/ovsdb/operation.ts";
import { transact } from "../rpc/ovsdb/transact.ts";
import { map, namedUuid, type UuidRef } from "../rpc/ovsdb/value.ts";
import type { Driver, Observe, World } from "./driver.ts";
import { observedSwitch } from "./observed-switch.ts";
import { readableSpec } from "./readable-spec.ts";

/** What OVS-DPDK can do with the packets for a port: it has policers, which drop, and no queues that would hold packets back. */
const POLICER = "egress-policer";

interface Limited {
  readonly qos: UuidRef | undefined;
  readonly spec: PortLimitSpec;
}

/** The policers as the database has them now, so that a rate changed from outside shows as a difference. */
export const observeLimits: Observe = async (reader, lab) => {
  const found = await observedSwitch(reader, lab, async (database) => {
    const [bridges] = await transact(database, OPEN_VSWITCH, [
      select("Bridge", [["name", "!=", UPLINK_BRIDGE]], { name: "string" }),
    ]);
    return { bridge: bridges[0]?.name, limited: await readLimits(database) };
  });
  if (found?.bridge === undefined || found.limited.length === 0) return [];
  const ports = found.limited.map(({ spec }) => spec);
  const spec: LimitsSpec = { runDirectory: `${labDirectory(lab)}/switch`, bridge: found.bridge, ports };
  return [
    {
      kind: "limits",
      id: `limits:${spec.bridge}`,
      lab,
      digest: specDigest(spec),
      spec,
      problem: undefined,
      inside: `bridge:${spec.bridge}`,
      hugePages: 0,
    },
  ];
};

export const limitsDriver: Driver<"limits"> = {
  create: (world, resource) => converge(world, resource.spec),
  update: (world, resource) => converge(world, resource.spec),
  delete: (world, observed) => converge(world, { ...readableSpec(observed), ports: [] }),
};

/** Every port that something limits, by its number in OVS. */
async function readLimits(database: JsonRpcClient): Promise<readonly Limited[]> {
  const [ports, interfaces, rows] = await transact(database, OPEN_VSWITCH, [
    select("Port", [], { name: "string", qos: { optional: "uuid" } }),
    select("Interface", [], {
      name: "string",
      ofport_request: { optional: "integer" },
      ingress_policing_rate: "integer",
      ingress_policing_burst: "integer",
    }),
    select("QoS", [], { _uuid: "uuid", type: "string", other_config: { map: ["string", "string"] } }),
  ]);
  const sorted = interfaces.toSorted((a, b) => (a.ofport_request ?? 0) - (b.ofport_request ?? 0));
  return sorted.flatMap((row): readonly Limited[] => {
    const qos = ports.find(({ name }) => name === row.name)?.qos;
    const policer = qos === undefined ? undefined : rows.find(({ _uuid }) => _uuid.uuid === qos.uuid);
    const [rateKbps, burstKb] = [row.ingress_policing_rate, row.ingress_policing_burst];
    if (rateKbps === 0 && qos === undefined) return [];
    const config = policer === undefined ? {} : Object.fromEntries(policer.other_config);
    // Of another type it is not ours, and differs from any spec.
    const egress = policer?.type === POLICER ? config : { type: policer?.type ?? "", ...config };
    return [
      {
        qos,
        spec: {
          name: row.name,
          ...(rateKbps > 0 && { ingress: { rateKbps, burstKb } }),
          ...(qos !== undefined && { egress }),
        },
      },
    ];
  });
}

/**
 * Brings all policers to the spec in one transaction. A QoS row that no port refers to stays in the database (it is of the root set), so those that are
 * replaced are deleted.
 */
async function converge(world: World, spec: LimitsSpec): Promise<void> {
  const database = await world.links.database(spec.runDirectory);
  const before = await readLimits(database);
  const [rows] = await transact(database, OPEN_VSWITCH, [select("QoS", [], { _uuid: "uuid" })]);
  const names = new Set([...before.map(({ spec: { name } }) => name), ...spec.ports.map(({ name }) => name)]);
  const operations = [...names].flatMap((name, index) =>
    portOperations(
      name,
      spec.ports.find((port) => port.name === name),
      before.find((port) => port.spec.name === name),
      `qos${index}`,
    ),
  );
  const kept = new Set(
    before
      .filter(
        ({ qos, spec: { name, egress } }) => qos !== undefined && isPolicer(egress) && wanted(spec, name) !== undefined,
      )
      .map(({ qos }) => qos?.uuid),
  );
  const stale = rows.filter(({ _uuid }) => !kept.has(_uuid.uuid));
  const removals = stale.map(({ _uuid }) => deleteRows("QoS", [["_uuid", "==", _uuid]]));
  await commitAndWait(database, [...operations, ...removals], { signal: world.signal });
}

function wanted({ ports }: LimitsSpec, name: string): PortLimitSpec["egress"] {
  return ports.find((port) => port.name === name)?.egress;
}

function isPolicer(egress: PortLimitSpec["egress"]): boolean {
  return egress !== undefined && !("type" in egress);
}

function portOperations(
  name: string,
  port: PortLimitSpec | undefined,
  before: Limited | undefined,
  rowName: string,
): readonly Operation[] {
  const { rateKbps, burstKb } = port?.ingress ?? { rateKbps: 0, burstKb: 0 };
  const ingress = update("Interface", [["name", "==", name]], {
    ingress_policing_rate: rateKbps,
    ingress_policing_burst: burstKb,
  });
  if (port?.egress === undefined) return [ingress, update("Port", [["name", "==", name]], { qos: [] })];
  const config = { other_config: map(port.egress) };
  // The row that is there keeps its place, so that OVS changes the policer's rate and does not make another.
  if (before?.qos !== undefined && isPolicer(before.spec.egress))
    return [ingress, update("QoS", [["_uuid", "==", before.qos]], config)];
  return [
    ingress,
    insert("QoS", { type: POLICER, ...config }, rowName),
    update("Port", [["name", "==", name]], { qos: [namedUuid(rowName)] }),
  ];
}
