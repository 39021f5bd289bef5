import { attempt } from "../host/docker.ts";
import { type Host, HostError } from "../host/host.ts";
import type { NfContainerSpec } from "../lab/resource.ts";
import { pidOf } from "./container.ts";
import type { World } from "./driver.ts";

/** Docker keeps the bridge of an overlay network in a namespace of its own, named after the network's id. */
const NAMESPACES = "/var/run/docker/netns";
const ID_DIGITS = 10;
const BRIDGE = "br0";

/**
 * Tells the bridges of overlay networks which of their ports an NF is behind. A receiver never sends, so they would not learn it: each frame would go to all ports, and by
 * the VXLAN port's to dockerd as well, which looks for machines that know the address.
 */
export async function tellOverlays(world: World, spec: NfContainerSpec): Promise<void> {
  const ports = spec.ports.filter(({ datapath, network }) => datapath === "overlay" && network !== undefined);
  if (ports.length === 0) return;
  const inside = `/proc/${await pidOf(spec.container, world)}/root/sys/class/net`;
  const own = await Promise.all(
    ((await world.host.list(inside)) ?? []).map(async (name) => ({
      mac: (await world.host.read(`${inside}/${name}/address`))?.trim(),
      peerIndex: Number(await world.host.read(`${inside}/${name}/iflink`)),
    })),
  );
  for (const { network = "", mac } of ports) {
    const peerIndex = own.find((candidate) => candidate.mac === mac)?.peerIndex;
    if (peerIndex !== undefined) await tellOverlay(world, network, mac, peerIndex);
  }
}

/** Path of the network namespace that Docker keeps the bridge of an overlay network in; undefined where it keeps it elsewhere. */
export async function overlayNamespace(host: Pick<Host, "list">, network: string): Promise<string | undefined> {
  const name = `1-${network.slice(0, ID_DIGITS)}`;
  return (await host.list(NAMESPACES))?.includes(name) === true ? `${NAMESPACES}/${name}` : undefined;
}

async function tellOverlay(world: World, network: string, mac: string, peerIndex: number): Promise<void> {
  const { Id } = await attempt(`inspect network ${network}`, world.docker.getNetwork(network).inspect());
  const namespace = await overlayNamespace(world.host, Id);
  // An engine that keeps it elsewhere has networks that work, but slowly.
  if (namespace === undefined) return;
  const inNamespace = async (argv: readonly string[]): Promise<string> => {
    const result = await world.host.run(["nsenter", `--net=${namespace}`, ...argv]);
    if (result.exitCode !== 0) throw new HostError(world.host.name, argv.join(" "), result.stderr.trim());
    return result.stdout;
  };
  const links: unknown = JSON.parse(await inNamespace(["ip", "-j", "link", "show"]));
  const port = (Array.isArray(links) ? links : []).find((link) => link?.ifindex === peerIndex)?.ifname;
  if (typeof port !== "string") return;
  await inNamespace(["bridge", "fdb", "replace", mac, "dev", port, "master", "static"]);
  // It reports its own membership of groups to the NFs, which would count that as foreign packets.
  await inNamespace(["ip", "link", "set", "dev", BRIDGE, "type", "bridge", "mcast_snooping", "0"]);
}
