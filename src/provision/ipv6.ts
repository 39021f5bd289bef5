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
  // Each end of a pair names the other by its index over there; an interface that others lie on is named by them, but names itself.
  const pairs = await Promise.all(own.map(async (name) => pairOf(host, `${inside}/${name}`)));
  const names = (await host.list(INTERFACES)) ?? [];
  await Promise.all(
    names.map(async (name) => {
      const here = await pairOf(host, `${INTERFACES}/${name}`);
      if (pairs.some(({ index, peer }) => index === here.peer && peer === here.index)) await disableIpv6(host, name);
    }),
  );
}

async function pairOf(host: Host, path: string): Promise<{ readonly index: number; readonly peer: number }> {
  const [index, peer] = await Promise.all(
    ["ifindex", "iflink"].map(async (file) => Number(await host.read(`${path}/${file}`))),
  );
  return { index: index ?? Number.NaN, peer: peer ?? Number.NaN };
}
