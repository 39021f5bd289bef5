import type { Resource } from "../lab/resource.ts";
import type { Problem } from "../plan/plan.ts";
import type { JsonRpcClient } from "../rpc/json-rpc.ts";
import { ensureRootRow, OPEN_VSWITCH } from "../rpc/ovsdb/commit.ts";
import { monitorUntil } from "../rpc/ovsdb/monitor.ts";
import { mutate, select, update } from "../rpc/ovsdb/operation.ts";
import { transact } from "../rpc/ovsdb/transact.ts";
import { map } from "../rpc/ovsdb/value.ts";
import {
  createAndStart,
  deviceMapping,
  lockedMemory,
  observeContainers,
  removeContainer,
  resume,
  throwIfExited,
} from "./container.ts";
import type { Driver, Observe, Reader, World } from "./driver.ts";
import { LABEL, labelsOf } from "./labels.ts";
import { observedSwitch } from "./observed-switch.ts";
import { openOvsdb } from "./ovs-connect.ts";
import { readableSpec } from "./readable-spec.ts";
import { until } from "./until.ts";

/** From the start of the container to a database that answers, and from there to an initialised DPDK. */
const DATABASE_TIMEOUT_MS = 15_000;
const DPDK_TIMEOUT_MS = 30_000;

const observeContainer = observeContainers("switch");

/** The container and whether DPDK is up in it: after a crash on the way there it runs, but nobody would ever start DPDK. */
export const observeSwitch: Observe = async (reader, lab) => {
  const found = await observeContainer(reader, lab);
  return Promise.all(
    found.map(async (item) =>
      item.problem === undefined ? { ...item, problem: await dpdkProblem(reader, lab) } : item,
    ),
  );
};

async function dpdkProblem(reader: Reader, lab: string): Promise<Problem | undefined> {
  const up = await observedSwitch(reader, lab, async (database) => {
    const [rows] = await transact(database, OPEN_VSWITCH, [select(OPEN_VSWITCH, [], { dpdk_initialized: "boolean" })]);
    return rows.some((row) => row.dpdk_initialized);
  });
  if (up === true) return undefined;
  return { text: up === undefined ? "does not answer" : "was never set up to its end", repairable: false };
}

/** The OVS-DPDK container: pinned, unprivileged, off the network, with DPDK initialised. */
export const switchDriver: Driver<"switch"> = {
  create: async (world, resource) => {
    await world.host.remove(`${resource.spec.runDirectory}/db.sock`);
    await createAndStart(world, {
      name: resource.spec.container,
      Image: resource.spec.image,
      Env: [`OVS_RUNDIR=${resource.spec.runDirectory}`],
      Hostname: "switch",
      Labels: {
        ...labelsOf(resource),
        [LABEL.group]: resource.spec.group,
        [LABEL.cpus]: resource.spec.pmdCpus.join(","),
        [LABEL.hugePages]: String(resource.spec.hugePages),
      },
      HostConfig: {
        NetworkMode: "none",
        CpusetCpus: resource.spec.cpus.join(","),
        CapDrop: ["ALL"],
        // SYS_NICE is for set_mempolicy; NET_ADMIN and /dev/net/tun are for the bridge's internal port, in the container's own network namespace.
        CapAdd: ["SYS_NICE", "NET_ADMIN", ...(resource.spec.capabilities ?? [])],
        Devices: ["/dev/net/tun", ...(resource.spec.devices ?? [])].map(deviceMapping),
        ...lockedMemory(resource.spec.devices),
        SecurityOpt: ["no-new-privileges"],
        Binds: [`${resource.spec.labDirectory}:${resource.spec.labDirectory}`],
        RestartPolicy: { Name: "no" },
        LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "1" } },
      },
    });
    await startDpdk(world, resource);
  },
  update: (world, resource) => resume(world, resource.spec.container),
  delete: async (world, observed) => removeContainer(world, readableSpec(observed).container),
};

const NUDGE_INTERVAL_MS = 500;

/**
 * Gives vswitchd a new reason to write its state. Its very first report is one transaction that it does not repeat, and that is lost if it meets a change of
 * ours: then the database never says that DPDK is there (seen on 3.1.0, once in some dozen starts).
 */
function nudge(database: JsonRpcClient): AsyncDisposable {
  const timer = setInterval(() => {
    transact(database, OPEN_VSWITCH, [mutate(OPEN_VSWITCH, [], [["next_cfg", "+=", 1]])]).catch(() => {});
  }, NUDGE_INTERVAL_MS);
  return { [Symbol.asyncDispose]: async () => clearInterval(timer) };
}

/** Hands DPDK what it reads only once, and waits until it says that it is up. */
async function startDpdk(world: World, resource: Extract<Resource, { kind: "switch" }>): Promise<void> {
  const { spec } = resource;
  const { signal } = world;
  let looks = 0;
  const database = await until(
    async () => {
      looks += 1;
      if (looks % 10 === 0) await throwIfExited(world, spec.container);
      return openOvsdb(world.host, spec.runDirectory).catch(() => undefined);
    },
    { what: "an answer from the switch's database", timeoutMs: DATABASE_TIMEOUT_MS, signal },
  );
  try {
    await ensureRootRow(database, { signal });
    const otherConfig = map({ ...spec.fixedConfig, "dpdk-init": "true" });
    await transact(database, OPEN_VSWITCH, [update(OPEN_VSWITCH, [], { other_config: otherConfig })], { signal });
    await using _nudges = nudge(database);
    await monitorUntil(database, {
      db: OPEN_VSWITCH,
      table: OPEN_VSWITCH,
      columns: { dpdk_initialized: "boolean" },
      until: (rows) => [...rows.values()].some((row) => row.dpdk_initialized) || undefined,
      what: "DPDK is initialised in the switch",
      timeoutMs: DPDK_TIMEOUT_MS,
      signal,
    });
  } catch (error) {
    // vswitchd ends itself when EAL cannot start: its log says why, the broken connection does not.
    await throwIfExited(world, spec.container);
    throw error;
  } finally {
    await database.close();
  }
}
