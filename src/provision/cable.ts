import { type CableSpec, type Resource, specDigest } from "../lab/resource.ts";
import type { Observed } from "../plan/plan.ts";
import { pidOf } from "./container.ts";
import type { Driver, Observe, World } from "./driver.ts";
import { hasIpv6, interfacesOf, ipInNamespace } from "./namespace.ts";
import { switchProcess, switchRuns } from "./observed-switch.ts";

/** Owner's mark in the alias of the pair's first end: the resource, and its spec as text of the kernel's 255 characters at most. */
const ALIAS = /^corebed:(?<id>cable:[^:]+):(?<digest>[0-9a-f]+):(?<mtu>\d*)$/;

/** Veth pairs in the switch's network namespace that stand in for a cable. They go with the switch. */
export const observeCables: Observe = async (reader, lab) => {
  if (!(await switchRuns(reader, lab))) return [];
  const found = await switchProcess(reader, lab);
  if (found === undefined) return [];
  const root = interfacesOf(found.pid);
  const names = (await reader.host.list(root)) ?? [];
  const first = names.filter((name) => /^cb[0-9a-f]{8}a$/.test(name));
  const cables = await Promise.all(
    first.map(async (name): Promise<Observed | undefined> => {
      const mark = ALIAS.exec((await reader.host.read(`${root}/${name}/ifalias`))?.trim() ?? "")?.groups;
      if (mark?.id === undefined || mark.digest === undefined) return undefined;
      const ends = [name, `${name.slice(0, -1)}b`] as const;
      const up = (await reader.host.read(`${root}/${ends[1]}/operstate`))?.trim() === "up";
      return {
        kind: "cable",
        id: mark.id,
        lab,
        digest: mark.digest,
        spec: { container: found.name, ends, ...(mark.mtu !== "" && { mtuBytes: Number(mark.mtu) }) },
        problem: up ? undefined : { text: `${ends[1]} is not up`, repairable: false },
        inside: "switch:switch",
        hugePages: 0,
      };
    }),
  );
  return cables.filter((cable) => cable !== undefined);
};

/** A veth pair between two ports of the switch, off every network stack but the one in the switch's container, which has no addresses. */
export const cableDriver: Driver<"cable"> = {
  create: (world, resource) => make(world, resource),
  update: async () => {},
  delete: async (world, observed) => {
    if (observed.spec !== undefined) await remove(world, observed.spec);
  },
};

async function make(world: World, resource: Extract<Resource, { kind: "cable" }>): Promise<void> {
  const { spec } = resource;
  const [first, second] = spec.ends;
  // What an interrupted apply left without its mark stands in the way.
  await remove(world, spec);
  const mtu = spec.mtuBytes === undefined ? "" : ` mtu ${spec.mtuBytes}`;
  const ipv6 = await hasIpv6(world.host);
  await ipInNamespace(world.host, await pidOf(spec.container, world), [
    `link add name ${first}${mtu} type veth peer name ${second}${mtu}`,
    // IPv6 would announce an address of its own, and NFs would count that as foreign packets.
    ...(ipv6 ? spec.ends.map((end) => `link set dev ${end} addrgenmode none`) : []),
    `link set dev ${second} up`,
    `link set dev ${first} up alias corebed:${resource.id}:${specDigest(spec)}:${spec.mtuBytes ?? ""}`,
  ]);
}

async function remove(world: World, { container, ends }: CableSpec): Promise<void> {
  const pid = await pidOf(container, world);
  if ((await world.host.list(`${interfacesOf(pid)}/${ends[0]}`)) === undefined) return;
  await ipInNamespace(world.host, pid, [`link delete dev ${ends[0]}`]);
}
