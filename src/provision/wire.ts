import { type Host, HostError } from "../host/host.ts";
import type { NfContainerSpec } from "../lab/resource.ts";
import type { Problem } from "../plan/plan.ts";
import { pidOf, throwIfExited } from "./container.ts";
import type { Reader, World } from "./driver.ts";
import { hasIpv6, interfacesOf, ipInNamespace } from "./namespace.ts";

type NfPort = NfContainerSpec["ports"][number];

/**
 * Makes the veth pairs that lead from an NF's network namespace into the switch's, ready to carry packets. They need both containers, and go with whichever
 * ends first.
 */
export async function makeWires(world: World, spec: NfContainerSpec): Promise<void> {
  const wired = spec.ports.filter(({ wire }) => wire !== undefined);
  if (wired.length === 0) return;
  try {
    const pid = await pidOf(spec.container, world);
    for (const port of wired) await makeWire(world, pid, port);
  } catch (error) {
    // A program that did not wait for its interface takes its network namespace along: what it said is the cause.
    await throwIfExited(world, spec.container);
    throw error;
  }
}

async function makeWire(world: World, pid: number, port: NfPort): Promise<void> {
  const { wire, interface: own = "", mac, ipv4 } = port;
  if (wire === undefined) return;
  const { peer, mtuBytes } = wire;
  const peerPid = await pidOf(wire.container, world);
  // The kernel takes a namespace down a while after its last process has ended, and what led out of it with it.
  if ((await world.host.list(`${interfacesOf(peerPid)}/${peer}`)) !== undefined) {
    await ipInNamespace(world.host, peerPid, [`link delete dev ${peer}`]);
  }
  const ipv6 = await hasIpv6(world.host);
  // With an address of its own, IPv6 announces itself, and NFs would count that as foreign packets.
  const quiet = (name: string) => (ipv6 ? [`link set dev ${name} addrgenmode none`] : []);
  await ipInNamespace(world.host, pid, [
    `link add name ${own} address ${mac} mtu ${mtuBytes} type veth peer name ${peer} mtu ${mtuBytes} netns ${peerPid}`,
    ...quiet(own),
    `address add ${ipv4}/28 dev ${own}`,
  ]);
  if (wire.fullChecksums) await completeChecksums(world.host, { pid, peerPid, name: own });
  await ipInNamespace(world.host, peerPid, [...quiet(peer), `link set dev ${peer} up`]);
  await ipInNamespace(world.host, pid, [`link set dev ${own} up`]);
}

/** ethtool comes with the switch's image, and works on the NF's network namespace: neither the host nor the user's image needs it. */
async function completeChecksums(
  host: Host,
  { pid, peerPid, name }: { readonly pid: number; readonly peerPid: number; readonly name: string },
): Promise<void> {
  const inside = ["nsenter", "--target", String(peerPid), "--mount", `--net=/proc/${pid}/ns/net`];
  const command = ["ethtool", "--offload", name, "tx", "off"];
  const { exitCode, stderr } = await host.run([...inside, ...command]);
  if (exitCode !== 0) throw new HostError(host.name, command.join(" "), stderr.trim());
}

/** What is wrong with a running NF whose veth pair is gone, as it is after somebody started its container or the switch's again. */
export async function lostWire(
  { host, docker }: Reader,
  spec: NfContainerSpec | undefined,
): Promise<Problem | undefined> {
  const wired = spec?.ports.filter(({ wire }) => wire !== undefined) ?? [];
  if (spec === undefined || wired.length === 0) return undefined;
  const { State } = await docker.inspect(spec.container);
  for (const port of wired) {
    const state = await host.read(`${interfacesOf(State.Pid)}/${port.interface}/operstate`);
    if (state?.trim() === "up") continue;
    return { text: `has lost its interface ${port.interface} to the switch`, repairable: false };
  }
  return undefined;
}
