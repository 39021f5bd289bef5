import type { Host } from "../host/host.ts";

const INTERFACES = "/sys/class/net";

/** Takes IPv6 off an interface of the host: with an address of its own it announces itself, and NFs behind it would count that as foreign packets. */
export async function disableIpv6(host: Host, name: string): Promise<void> {
  const knob = `/proc/sys/net/ipv6/conf/${name}/disable_ipv6`;
  if ((await host.read(knob)) !== undefined) await host.write(knob, "1");
}

/** The same for the host's ends of a container's veth pairs, which Docker makes when the container starts. */
export async function disableIpv6OfPeers(host: Host, pid: number): Promise<void> {
  const inside = `/proc/${pid}/root${INTERFACES}`;
  const own = ((await host.list(inside)) ?? []).filter((name) => name !== "lo");
  // The container's view of sysfs names the other end by its index on the host.
  const links = await Promise.all(own.map(async (name) => Number(await host.read(`${inside}/${name}/iflink`))));
  const names = (await host.list(INTERFACES)) ?? [];
  await Promise.all(
    names.map(async (name) => {
      const index = Number(await host.read(`${INTERFACES}/${name}/ifindex`));
      if (links.includes(index)) await disableIpv6(host, name);
    }),
  );
}
