import { type Host, HostError } from "../host/host.ts";
import { LARGEST_UPLINK_MTU_BYTES } from "../lab/tunnel.ts";
import { hasIpv6, ipInNamespace } from "./namespace.ts";

/** An interface of the switch's own on one of the host's. */
interface Macvlan {
  readonly parent: string;
  readonly name: string;
  /** `bridge`: beside the host's own traffic, by its MAC. `passthru`: in place of the host, with the parent's MAC and every frame that comes in there. */
  readonly mode: "bridge" | "passthru";
  /** Of `ip link add`. */
  readonly options: readonly string[];
}

/** Makes it in the network namespace of a process and sets it up, with the parent's MTU or, where that is less, the largest that OVS's AF_XDP buffers hold. */
export async function makeMacvlan(host: Host, pid: number, { parent, name, mode, options }: Macvlan): Promise<void> {
  const parentsMtu = Number(await host.read(`/sys/class/net/${parent}/mtu`));
  if (Number.isNaN(parentsMtu)) throw new HostError(host.name, `use ${parent}`, "there is no such interface");
  const mtu = String(Math.min(parentsMtu, LARGEST_UPLINK_MTU_BYTES));
  const made = ["link", "add", "link", parent, "name", name, ...options, "mtu", mtu, "netns", String(pid)];
  const command = ["ip", ...made, "type", "macvlan", "mode", mode];
  const { exitCode, stderr } = await host.run(command);
  if (exitCode !== 0) throw new HostError(host.name, command.join(" "), stderr.trim());
  await ipInNamespace(host, pid, [
    // IPv6 would announce an address of its own.
    ...((await hasIpv6(host)) ? [`link set dev ${name} addrgenmode none`] : []),
    `link set dev ${name} up`,
  ]);
}
