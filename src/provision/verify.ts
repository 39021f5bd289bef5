import { attempt } from "../host/docker.ts";
import { type ControlledApp, controlledApp, type Lab, type LabNf, type LabSwitch } from "../lab/lab.ts";
import { JsonRpcClient } from "../rpc/json-rpc.ts";
import type { NfInfo } from "../rpc/nf-control/messages.ts";
import { NfControl } from "../rpc/nf-control/nf-control.ts";
import { polledByPmd } from "../topology/datapaths.ts";
import { pidOf, throwIfExited } from "./container.ts";
import type { HostReader, World } from "./driver.ts";
import { RingPathError, ringPathProblems } from "./ring-paths.ts";
import { type Thread, threadsOf } from "./threads.ts";
import { until } from "./until.ts";

/** From the last provisioning step to an NF that answers, and what each of its ports may take: OVS tries once a second to reach a vhost-user port. */
const NF_READY_TIMEOUT_MS = 20_000;
const PORT_READY_TIMEOUT_MS = 2_000;

/** A data-plane thread with the CPU that it must have for itself. */
export interface DataPlaneThread {
  /** `gen worker`, `switch PMD`. */
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly cpu: number;
}

/** What a lab that is up told about itself. */
export interface LiveLab {
  readonly threads: readonly DataPlaneThread[];
  /** By NF, only built-in ones. */
  readonly nfs: ReadonlyMap<string, NfInfo>;
  /** First process of the containers of the others, by NF. */
  readonly foreignPids: ReadonlyMap<string, number>;
}

/** A thread runs where it should not: results would be about another machine than the file describes. */
export class AffinityError extends Error {
  constructor(problems: readonly string[]) {
    super(`threads are not on the CPUs of the affinity map: ${problems.join("; ")}`);
    this.name = "AffinityError";
  }
}

/**
 * Waits until every NF answers and its ports have their peers; reads back from /proc on which CPUs the PMD and NF threads may run, and from the NFs how they use
 * their rings. Changes nothing.
 */
export async function verifyLab(lab: Lab, world: World): Promise<LiveLab> {
  const built = lab.nfs.filter((nf) => controlledApp(nf) !== undefined);
  const infos = await Promise.all(built.map((nf) => nfInfo(nf, world)));
  const nfThreads = await Promise.all(built.map((nf, i) => workerThreads(nf, infos[i], world)));
  const pmdThreads = lab.switch?.mode === "container" ? await pmdThreadsOf(lab.switch, world) : [];
  const checked = [...nfThreads.flat(), ...pmdThreads];
  const problems = checked.flatMap((item) => item.problem ?? []);
  if (problems.length > 0) throw new AffinityError(problems);
  const ringProblems = built.flatMap((nf, i) => ringPathProblems(nf, infos[i]));
  if (ringProblems.length > 0) throw new RingPathError(ringProblems);
  const foreign = lab.nfs.filter((nf) => controlledApp(nf) === undefined);
  const pids = await Promise.all(foreign.map(async (nf) => [nf.name, await pidOf(nf.container, world)] as const));
  const foreignThreads = await Promise.all(foreign.map((nf, i) => threadsOnCpu(nf, pids[i]?.[1] ?? 0, world)));
  return {
    foreignPids: new Map(pids),
    threads: [...checked.map(({ name, pid, tid, cpu }) => ({ name, pid, tid, cpu })), ...foreignThreads.flat()],
    nfs: new Map(built.flatMap((nf, i) => (infos[i] === undefined ? [] : [[nf.name, infos[i]] as const]))),
  };
}

/** Opens an NF's control socket; throws if nobody listens. */
export async function openNf<App extends ControlledApp>(
  host: HostReader,
  nf: Pick<LabNf, "name" | "controlSocket">,
  app: App,
): Promise<NfControl<App>> {
  const stream = await host.connect(nf.controlSocket ?? "");
  return new NfControl(new JsonRpcClient(stream, { peer: `NF ${nf.name}` }), app);
}

async function nfInfo(nf: LabNf, world: World): Promise<NfInfo> {
  const timeoutMs = NF_READY_TIMEOUT_MS + PORT_READY_TIMEOUT_MS * nf.ports.length;
  let looks = 0;
  const control = await until(
    async () => {
      looks += 1;
      if (looks % 10 === 0) await throwIfExited(world, nf.container);
      const app = controlledApp(nf);
      return app === undefined ? undefined : openNf(world.host, nf, app).catch(() => undefined);
    },
    { what: `an answer from NF ${nf.name}`, timeoutMs, signal: world.signal },
  );
  await using open = control;
  await until(
    async () =>
      (await open.stats({ signal: world.signal })).ports.every(({ linkUp }) => linkUp !== false) ? true : undefined,
    {
      what: `a peer for every memif of NF ${nf.name}`,
      timeoutMs,
      signal: world.signal,
    },
  );
  return await open.info({ signal: world.signal });
}

type Checked = DataPlaneThread & { readonly problem: string | undefined };

async function workerThreads(nf: LabNf, info: NfInfo | undefined, world: World): Promise<readonly Checked[]> {
  const pid = await pidOf(nf.container, world);
  const threads = await threadsOf(world.host, pid);
  const workers = info?.threads.filter((thread) => thread.name === "worker") ?? [];
  return workers.map((worker) => {
    const thread = threads.find((candidate) => candidate.innerTid === worker.tid);
    return check(`${nf.name} worker`, pid, thread, nf.workerCpu);
  });
}

/** Threads of a program that is none of corebed's which run on its NF's CPU and nowhere else: its workers, whatever it calls them. */
async function threadsOnCpu(nf: LabNf, pid: number, world: World): Promise<readonly DataPlaneThread[]> {
  const own = (await threadsOf(world.host, pid)).filter(({ allowedCpus }) => allowedCpus.join() === `${nf.workerCpu}`);
  return own.map(({ name, tid }) => ({ name: `${nf.name} ${name}`, pid, tid, cpu: nf.workerCpu }));
}

/**
 * PMD threads carry their CPU in their name: `pmd-c01/id:8`. OVS has them only where a port wants to be polled by one; without, its main thread carries the
 * packets.
 */
async function pmdThreadsOf(sw: LabSwitch, world: World): Promise<readonly Checked[]> {
  const { Processes } = await attempt(
    `list processes of ${sw.container}`,
    world.docker.getContainer(sw.container).top() as Promise<{ Processes: readonly (readonly string[])[] }>,
  );
  const pid = Number(Processes.find((row) => row.at(-1)?.includes("vswitchd"))?.[1] ?? 0);
  const all = await threadsOf(world.host, pid);
  if (!sw.ports.some(({ datapath }) => polledByPmd(datapath))) {
    const main = all.find(({ tid }) => tid === pid);
    return [check("switch main", pid, main, sw.mainCpu)];
  }
  const threads = all.filter((thread) => thread.name.startsWith("pmd-c"));
  return sw.pmdCpus.map((cpu) => {
    const own = threads.find((thread) => Number.parseInt(thread.name.slice("pmd-c".length), 10) === cpu);
    return check("switch PMD", pid, own, cpu);
  });
}

function check(name: string, pid: number, thread: Thread | undefined, cpu: number): Checked {
  const found = thread?.allowedCpus.join(",");
  const problem =
    thread === undefined
      ? `${name}: there is no thread for CPU ${cpu}`
      : found === String(cpu)
        ? undefined
        : `${name} (thread ${thread.tid}) may run on CPU ${found} instead of ${cpu}`;
  return { name, pid, tid: thread?.tid ?? 0, cpu, problem };
}
