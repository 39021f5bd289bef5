import type { BridgePortSpec, BridgeSpec } from "../lab/resource.ts";
import type { JsonRpcClient } from "../rpc/json-rpc.ts";
import { OPEN_VSWITCH } from "../rpc/ovsdb/commit.ts";
import { select } from "../rpc/ovsdb/operation.ts";
import { transact } from "../rpc/ovsdb/transact.ts";
import { map } from "../rpc/ovsdb/value.ts";
import type { World } from "./driver.ts";

/** Columns of the table Interface that tell what a port was asked to be. */
export const INTERFACE_COLUMNS = {
  name: "string",
  type: "string",
  options: { map: ["string", "string"] },
  other_config: { map: ["string", "string"] },
  ofport_request: { optional: "integer" },
  mtu_request: { optional: "integer" },
  error: { optional: "string" },
  external_ids: { map: ["string", "string"] },
} as const;

/** Key of external_ids at what belongs to the uplink (uplink.ts) and is no port of the lab's bridge; the value is the uplink's spec. */
export const UPLINK_MARK = "corebed-uplink";

/** Whether a row of the tables Bridge and Interface belongs to the uplink. */
export function isOfUplink({ external_ids: ids }: { readonly external_ids: ReadonlyMap<string, string> }): boolean {
  return ids.has(UPLINK_MARK);
}

/** A port as the database has it. */
export function portSpec(row: {
  readonly name: string;
  readonly type: string;
  readonly options: ReadonlyMap<string, string>;
  readonly other_config: ReadonlyMap<string, string>;
  readonly ofport_request: number | undefined;
  readonly mtu_request: number | undefined;
}): BridgePortSpec {
  return {
    name: row.name,
    ofport: row.ofport_request ?? 0,
    type: PORT_TYPES.find((type) => type === row.type) ?? "",
    options: Object.fromEntries(row.options),
    otherConfig: Object.fromEntries(row.other_config),
    ...(row.mtu_request !== undefined && { mtuBytes: row.mtu_request }),
  };
}

const PORT_TYPES = ["dpdkvhostuserclient", "dpdk", "afxdp", "vxlan", "geneve"] as const;

/**
 * A port for which OVS found no memory is in no error and even connected, and yet passes nothing: only the datapath does not know it (seen on 3.1.0).
 */
export async function throwIfNotInDatapath(
  world: World,
  spec: Pick<BridgeSpec, "runDirectory" | "bridge"> & {
    readonly ports: readonly Pick<BridgePortSpec, "name" | "ofport">[];
  },
): Promise<void> {
  const bridge = await world.links.bridge(spec.runDirectory, spec.bridge);
  const known = new Set((await bridge.portStats(undefined, { signal: world.signal })).map((stats) => stats.port));
  const lost = spec.ports.find((port) => !known.has(port.ofport));
  if (lost !== undefined) {
    throw new PortRefusedError(
      lost.name,
      "it is in no datapath, most likely for want of huge pages; corebed logs has OVS's own words",
    );
  }
}

/** Throws {@link PortRefusedError} with OVS's own words for a port that is in error. */
export async function throwIfRefused(database: JsonRpcClient, name: string): Promise<void> {
  const [rows] = await transact(database, OPEN_VSWITCH, [
    select("Interface", [["name", "==", name]], { error: { optional: "string" } }),
  ]);
  const error = rows[0]?.error;
  if (error !== undefined) throw new PortRefusedError(name, error);
}

/** vswitchd could not set a port up. */
export class PortRefusedError extends Error {
  constructor(port: string, reason: string) {
    super(`OVS could not set up port ${port}: ${reason}`);
    this.name = "PortRefusedError";
  }
}

/** The row of a port in the table Interface, less its name and type. */
export function interfaceRow(port: BridgePortSpec) {
  return {
    options: map(port.options),
    other_config: map(port.otherConfig),
    ofport_request: [port.ofport],
    mtu_request: port.mtuBytes === undefined ? [] : [port.mtuBytes],
  };
}
