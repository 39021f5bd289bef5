import { type InterfaceSpec, specDigest } from "../lab/resource.ts";
import type { ObservedOf } from "../plan/plan.ts";
import { pidOf } from "./container.ts";
import type { Driver, Observe, World } from "./driver.ts";
import { makeMacvlan } from "./macvlan.ts";
import { interfacesOf, ipInNamespace } from "./namespace.ts";
import { switchProcess, switchRuns } from "./observed-switch.ts";
import { readableSpec } from "./readable-spec.ts";

/** Owner's mark in the interface's alias: the resource, its digest and its parent. */
const ALIAS = /^corebed:(?<id>interface:[^:]+):(?<digest>[0-9a-f]+):(?<parent>[^:]+)$/;

/** Interfaces in the switch's network namespace that lie on those of the host. They go with the switch. */
export const observeInterfaces: Observe = async (reader, lab) => {
  if (!(await switchRuns(reader, lab))) return [];
  const found = await switchProcess(reader, lab);
  if (found === undefined) return [];
  const root = interfacesOf(found.pid);
  const names = ((await reader.host.list(root)) ?? []).filter((name) => name.startsWith("nic."));
  const observed = await Promise.all(
    names.map(async (name): Promise<readonly ObservedOf<"interface">[]> => {
      const [alias, state] = await Promise.all(
        ["ifalias", "operstate"].map((file) => reader.host.read(`${root}/${name}/${file}`)),
      );
      const { id, digest, parent } = ALIAS.exec(alias?.trim() ?? "")?.groups ?? {};
      if (id === undefined || digest === undefined || parent === undefined) return [];
      // Some drivers never say more than "unknown".
      const hasLink = state?.trim() === "up" || state?.trim() === "unknown";
      return [
        {
          kind: "interface",
          id,
          lab,
          digest,
          spec: { container: found.name, parent, interface: name },
          problem: hasLink ? undefined : { text: `has no link: is ${parent} up, and its cable in?`, repairable: false },
          inside: "switch:switch",
          hugePages: 0,
        },
      ];
    }),
  );
  return observed.flat();
};

/**
 * A macvlan in mode passthru: the host's interface stays where it is, with its driver, and all that comes in there comes to the switch. It goes with the switch's network
 * namespace, where an interface that was moved there would be lost if it is virtual, or come back under another name.
 */
export const interfaceDriver: Driver<"interface"> = {
  create: async (world, { id, spec }) => {
    // What an interrupted apply left without its mark stands in the way.
    await remove(world, spec);
    const pid = await pidOf(spec.container, world);
    const { parent, interface: name } = spec;
    await makeMacvlan(world.host, pid, { parent, name, options: [], mode: "passthru" });
    await ipInNamespace(world.host, pid, [`link set dev ${name} alias corebed:${id}:${specDigest(spec)}:${parent}`]);
  },
  update: async () => {},
  delete: (world, observed) => remove(world, readableSpec(observed)),
};

async function remove(world: World, { container, interface: name }: InterfaceSpec): Promise<void> {
  const pid = await pidOf(container, world);
  if ((await world.host.list(`${interfacesOf(pid)}/${name}`)) === undefined) return;
  await ipInNamespace(world.host, pid, [`link delete dev ${name}`]);
}
