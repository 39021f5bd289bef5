import { labDirectory } from "../lab/names.ts";
import { specDigest } from "../lab/resource.ts";
import { commitAndWait, OPEN_VSWITCH } from "../rpc/ovsdb/commit.ts";
import { select, update } from "../rpc/ovsdb/operation.ts";
import { transact } from "../rpc/ovsdb/transact.ts";
import { map } from "../rpc/ovsdb/value.ts";
import type { Driver, Observe, World } from "./driver.ts";
import { observedSwitch } from "./observed-switch.ts";

/** Belong to the switch's container: read once, when DPDK starts. */
const FIXED_KEYS: ReadonlySet<string> = new Set(["dpdk-init", "dpdk-extra", "dpdk-lcore-mask", "dpdk-socket-limit"]);

/** What `other_config` holds now, less the keys that cannot change while OVS runs. */
export const observeSwitchConfig: Observe = async (reader, lab) => {
  const found = await observedSwitch(reader, lab, async (database) => {
    const [rows] = await transact(database, OPEN_VSWITCH, [
      select(OPEN_VSWITCH, [], { other_config: { map: ["string", "string"] } }),
    ]);
    return rows[0]?.other_config;
  });
  if (found === undefined) return [];
  const otherConfig = Object.fromEntries([...found].filter(([key]) => !FIXED_KEYS.has(key)));
  if (Object.keys(otherConfig).length === 0) return [];
  const spec = { runDirectory: `${labDirectory(lab)}/switch`, otherConfig };
  return [
    {
      kind: "switch-config",
      id: "switch-config:switch",
      lab,
      digest: specDigest(spec),
      spec,
      problem: undefined,
      inside: "switch:switch",
      hugePages: 0,
    },
  ];
};

export const switchConfigDriver: Driver<"switch-config"> = {
  create: (world, resource) => configure(world, resource.spec),
  update: (world, resource) => configure(world, resource.spec),
  delete: async () => {},
};

async function configure(
  world: World,
  spec: { readonly runDirectory: string; readonly otherConfig: Readonly<Record<string, string>> },
): Promise<void> {
  const database = await world.links.database(spec.runDirectory);
  const [rows] = await transact(database, OPEN_VSWITCH, [
    select(OPEN_VSWITCH, [], { other_config: { map: ["string", "string"] } }),
  ]);
  const fixed = [...(rows[0]?.other_config ?? [])].filter(([key]) => FIXED_KEYS.has(key));
  const otherConfig = map({ ...Object.fromEntries(fixed), ...spec.otherConfig });
  await commitAndWait(database, [update(OPEN_VSWITCH, [], { other_config: otherConfig })], { signal: world.signal });
}
