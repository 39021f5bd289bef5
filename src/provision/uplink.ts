import { z } from "zod";
import { dockerName, labDirectory } from "../lab/names.ts";
import { specDigest, type UplinkSpec } from "../lab/resource.ts";
import { UPLINK_BRIDGE, UPLINK_INTERFACE } from "../lab/tunnel.ts";
import type { ObservedOf, Problem } from "../plan/plan.ts";
import { commitAndWait, OPEN_VSWITCH } from "../rpc/ovsdb/commit.ts";
import { insert, mutate, type Operation, select } from "../rpc/ovsdb/operation.ts";
import { transact } from "../rpc/ovsdb/transact.ts";
import { map, namedUuid } from "../rpc/ovsdb/value.ts";
import { SWITCH_OWNER } from "../topology/topology.ts";
import { throwIfNotInDatapath, throwIfRefused, UPLINK_MARK } from "./bridge-port.ts";
import { pidOf } from "./container.ts";
import type { Driver, Observe, Reader, World } from "./driver.ts";
import { makeMacvlan } from "./macvlan.ts";
import { hasIpv6, interfacesOf, ipInNamespace } from "./namespace.ts";
import { observedSwitch } from "./observed-switch.ts";
import { removeBridge } from "./remove-bridge.ts";
import { UPLINK_FLOWS, UPLINK_PORT, uplinkProblem } from "./uplink-state.ts";

const UPLINK_TIMEOUT_MS = 15_000;

/** The uplink that the switch's database knows of, with what is wrong with it. */
export const observeUplinks: Observe = async (reader, lab) => {
  const found = await observedSwitch(reader, lab, async (database) => {
    const [bridges, interfaces] = await transact(database, OPEN_VSWITCH, [
      select("Bridge", [["name", "==", UPLINK_BRIDGE]], { external_ids: { map: ["string", "string"] } }),
      select("Interface", [], { name: "string", error: { optional: "string" } }),
    ]);
    return { mark: bridges[0]?.external_ids.get(UPLINK_MARK), interfaces };
  });
  if (found?.mark === undefined) return [];
  const spec = specOfMark(found.mark);
  const observed: ObservedOf<"uplink"> = {
    kind: "uplink",
    id: "uplink:switch",
    lab,
    digest: spec === undefined ? "" : specDigest(spec),
    spec,
    problem: await problemOf(reader, spec, found.interfaces),
    inside: "switch:switch",
    hugePages: 0,
  };
  return [observed];
};

const specSchema = z.object({
  container: z.string(),
  runDirectory: z.string(),
  parent: z.string(),
  interface: z.string(),
  mac: z.string(),
  address: z.string(),
  bridge: z.string(),
  otherConfig: z.record(z.string(), z.string()),
});

/** The spec on the bridge's mark; undefined if it is not readable. */
function specOfMark(text: string): UplinkSpec | undefined {
  try {
    return specSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function problemOf(
  reader: Reader,
  spec: UplinkSpec | undefined,
  interfaces: readonly { readonly name: string; readonly error: string | undefined }[],
): Promise<Problem | undefined> {
  if (spec === undefined) return { text: `the mark of bridge ${UPLINK_BRIDGE} cannot be read`, repairable: false };
  const refused = interfaces.find(({ name }) => name === spec.interface)?.error;
  if (refused === undefined) return await uplinkProblem(reader, spec);
  return { text: `port ${spec.interface} is in error: ${refused}`, repairable: false };
}

/**
 * A macvlan interface on an interface of the host, in the switch's network namespace, and the bridge whose local port has its MAC and an address: OVS routes
 * what its tunnels send by the addresses of such ports. The host's interface keeps its own addresses, and the child goes with the switch's network namespace.
 */
export const uplinkDriver: Driver<"uplink"> = {
  create: async (world, { spec }) => {
    await remove(world, spec);
    const pid = await pidOf(spec.container, world);
    await makeInterface(world, pid, spec);
    const database = await world.links.database(spec.runDirectory);
    await commitAndWait(database, bridgeOperations(spec), { signal: world.signal, timeoutMs: UPLINK_TIMEOUT_MS });
    await throwIfRefused(database, spec.interface);
    await throwIfNotInDatapath(world, { ...spec, ports: [{ name: spec.interface, ofport: UPLINK_PORT }] });
    await ipInNamespace(world.host, pid, [
      ...((await hasIpv6(world.host)) ? [`link set dev ${spec.bridge} addrgenmode none`] : []),
      `address replace ${spec.address} dev ${spec.bridge}`,
      `link set dev ${spec.bridge} up`,
    ]);
    const bridge = await world.links.bridge(spec.runDirectory, spec.bridge);
    await bridge.addFlows(UPLINK_FLOWS, { signal: world.signal });
  },
  update: async () => {},
  delete: (world, { lab, spec }) => remove(world, spec ?? placesIn(lab)),
};

type Places = Pick<UplinkSpec, "container" | "runDirectory" | "bridge" | "interface">;

/** Where a lab's uplink is, whatever its mark says. */
function placesIn(lab: string): Places {
  const [container, runDirectory] = [dockerName(lab, SWITCH_OWNER), `${labDirectory(lab)}/switch`];
  return { container, runDirectory, bridge: UPLINK_BRIDGE, interface: UPLINK_INTERFACE };
}

async function makeInterface(world: World, pid: number, spec: UplinkSpec): Promise<void> {
  const { parent, interface: name, mac } = spec;
  await makeMacvlan(world.host, pid, { parent, name, options: ["address", mac], mode: "bridge" });
}

/** The mark goes in with the bridge, so that what an interrupted apply leaves is found again. */
function bridgeOperations(spec: UplinkSpec): readonly Operation[] {
  const { bridge, interface: name, mac } = spec;
  const mark = map({ [UPLINK_MARK]: JSON.stringify(spec) });
  return [
    insert("Interface", { name: bridge, type: "internal" }, "local_interface"),
    insert("Port", { name: bridge, interfaces: [namedUuid("local_interface")] }, "local_port"),
    insert(
      "Interface",
      {
        name,
        // By AF_XDP a PMD polls the interface, and what it takes never comes to the kernel's network stack, which has the tunnel's address as well and would
        // answer that nobody listens. A macvlan has no driver of its own for it, so that it is the kernel's generic mode.
        type: "afxdp",
        options: map({ "xdp-mode": "generic", "use-need-wakeup": "false" }),
        other_config: map(spec.otherConfig),
        ofport_request: [UPLINK_PORT],
        external_ids: mark,
      },
      "uplink_interface",
    ),
    insert("Port", { name, interfaces: [namedUuid("uplink_interface")] }, "uplink_port"),
    insert(
      "Bridge",
      {
        name: bridge,
        datapath_type: "netdev",
        fail_mode: ["secure"],
        // A macvlan takes frames to its own MAC only.
        other_config: map({ hwaddr: mac }),
        external_ids: mark,
        ports: [namedUuid("local_port"), namedUuid("uplink_port")],
      },
      "uplink_bridge",
    ),
    mutate(OPEN_VSWITCH, [], [["bridges", "insert", [namedUuid("uplink_bridge")]]]),
  ];
}

async function remove(world: World, { container, runDirectory, bridge, interface: name }: Places): Promise<void> {
  const database = await world.links.database(runDirectory);
  await removeBridge(database, bridge, world.signal);
  const pid = await pidOf(container, world);
  if ((await world.host.list(`${interfacesOf(pid)}/${name}`)) === undefined) return;
  await ipInNamespace(world.host, pid, [`link delete dev ${name}`]);
}
