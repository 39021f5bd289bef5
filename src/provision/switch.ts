import { HostError } from "../host/host.ts";
import { labDirectory } from "../lab/names.ts";
import type { Resource, SpecOf } from "../lab/resource.ts";
import type { Problem } from "../plan/plan.ts";
import type { JsonRpcClient } from "../rpc/json-rpc.ts";
import { OPEN_VSWITCH, setRootRow } from "../rpc/ovsdb/commit.ts";
import { monitorUntil } from "../rpc/ovsdb/monitor.ts";
import { mutate, select } from "../rpc/ovsdb/operation.ts";
import { transact } from "../rpc/ovsdb/transact.ts";
import { map } from "../rpc/ovsdb/value.ts";
import { RpcError } from "../rpc/rpc-error.ts";
import {
  createAndStart,
  deviceMapping,
  groupOf,
  lockedMemory,
  observeContainers,
  resume,
  throwIfExited,
} from "./container.ts";
import type { Driver, Observe, Reader, World } from "./driver.ts";
import { LABEL, labelsOf } from "./labels.ts";
import { observedSwitch } from "./observed-switch.ts";
import { openOvsControl } from "./ovs-connect.ts";
import { removeObserved } from "./stray-process.ts";
import { until } from "./until.ts";

/** From the start of the container to a database that answers, and from there to an initialised DPDK. */
const DATABASE_TIMEOUT_MS = 15_000;
const DPDK_TIMEOUT_MS = 30_000;
/** ovs-vswitchd answers between two steps of its work, which take a second at most. */
const VSWITCHD_TIMEOUT_MS = 10_000;
/** A container that has ended is noticed after this. */
const LOOK_MS = 500;

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
  const up = await observedSwitch(reader, lab, dpdkIsUp);
  if (up === true) return await vswitchdProblem(reader, lab);
  return { text: up === undefined ? "does not answer" : "was never set up to its end", repairable: false };
}

async function dpdkIsUp(database: JsonRpcClient): Promise<boolean> {
  const [rows] = await transact(database, OPEN_VSWITCH, [select(OPEN_VSWITCH, [], { dpdk_initialized: "boolean" })]);
  return rows.some((row) => row.dpdk_initialized);
}

/** The database is a program of its own, and knows nothing of a switch that is stuck. */
async function vswitchdProblem(reader: Reader, lab: string): Promise<Problem | undefined> {
  try {
    await using control = await openOvsControl(reader.host, `${labDirectory(lab)}/switch`);
    await control.command("version", [], { timeoutMs: VSWITCHD_TIMEOUT_MS });
    return undefined;
  } catch (error) {
    if (!(error instanceof HostError || error instanceof RpcError)) throw error;
    return { text: "ovs-vswitchd does not answer", repairable: false };
  }
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
        ...groupOf(resource.spec),
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
  update: async (world, resource) => {
    await resume(world, resource.spec.container);
    // A paused switch tells nobody whether DPDK was ever started in it.
    if (!(await dpdkIsUp(await answeringDatabase(world, resource.spec)))) await startDpdk(world, resource);
  },
  delete: removeObserved,
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

/** The switch's database, which does not answer at once where the container has just been started. */
function answeringDatabase(world: World, spec: SpecOf<"switch">): Promise<JsonRpcClient> {
  const { signal } = world;
  return until(
    async () => {
      if (!(await world.host.appears(`${spec.runDirectory}/db.sock`, { timeoutMs: LOOK_MS, signal }))) {
        await throwIfExited(world, spec.container);
        return undefined;
      }
      return world.links.database(spec.runDirectory).catch(() => undefined);
    },
    { what: "an answer from the switch's database", timeoutMs: DATABASE_TIMEOUT_MS, signal },
  );
}

/** Hands DPDK what it reads only once, and waits until it says that it is up. */
async function startDpdk(world: World, resource: Extract<Resource, { kind: "switch" }>): Promise<void> {
  const { spec } = resource;
  const { signal } = world;
  const database = await answeringDatabase(world, spec);
  try {
    const otherConfig = map({ ...spec.fixedConfig, "dpdk-init": "true" });
    await setRootRow(database, { other_config: otherConfig }, { signal });
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
  }
}
