import { attempt } from "../host/docker.ts";
import { type ControlledApp, controlledApp, type Lab, type LabNf, type LabSwitch } from "../lab/lab.ts";
import { JsonRpcClient } from "../rpc/json-rpc.ts";
import type { NfInfo } from "../rpc/nf-control/messages.ts";
import { NfControl } from "../rpc/nf-control/nf-control.ts";
import { polledByPmd } from "../topology/datapaths.ts";
import { pidOf, throwIfExited } from "./container.ts";
import type { HostReader, World } from "./driver.ts";
import { awaitOverlayPeers } from "./overlay-peers.ts";
import { RingPathError, ringPathProblems } from "./ring-paths.ts";
import { type Thread, threadsOf } from "./threads.ts";
import { awaitTunnelPeers } from "./tunnel-peers.ts";
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
 * Waits until every NF answers, its ports have their peers and tunnels their other ends; reads back from /proc on which CPUs the PMD and NF threads may run, and from the NFs how they use
 * their rings. Changes nothing.
 */
export async function verifyLab(lab: Lab, world: World): Promise<LiveLab> {
  if (lab.switch !== undefined) await awaitTunnelPeers(lab.switch, world);
  await awaitOverlayPeers(lab, world);
  const built = lab.nfs.filter((nf) => controlledApp(nf) !== undefined);
  const foreign = lab.nfs.filter((nf) => controlledApp(nf) === undefined);
  const [answers, pmdThreads, others] = await Promise.all([
    Promise.all(built.map((nf) => builtNf(nf, world))),
    lab.switch?.mode === "container" ? pmdThreadsOf(lab.switch, world) : [],
    Promise.all(foreign.map((nf) => foreignNf(nf, world))),
  ]);
  const infos = answers.map(({ info }) => info);
  const checked = [...answers.flatMap(({ threads }) => threads), ...pmdThreads];
  const problems = checked.flatMap((item) => item.problem ?? []);
  if (problems.length > 0) throw new AffinityError(problems);
  const ringProblems = built.flatMap((nf, i) => ringPathProblems(nf, infos[i]));
  if (ringProblems.length > 0) throw new RingPathError(ringProblems);
  return {
    foreignPids: new Map(foreign.map((nf, i) => [nf.name, others[i]?.pid ?? 0])),
    threads: [
      ...checked.map(({ name, pid, tid, cpu }) => ({ name, pid, tid, cpu })),
      ...others.flatMap(({ threads }) => threads),
    ],
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
  const info = open.info({ signal: world.signal });
  info.catch(() => {}); // whoever waits for it below is told
  await until(
    async () =>
      (await open.stats({ signal: world.signal })).ports.every(({ linkUp }) => linkUp !== false) ? true : undefined,
    {
      what: `a peer for every memif of NF ${nf.name}`,
      timeoutMs,
      signal: world.signal,
    },
  );
  return await info;
}

type Checked = DataPlaneThread & { readonly problem: string | undefined };

/** Its threads are looked at once it answers: by then they are on their CPUs. */
async function builtNf(nf: LabNf, world: World) {
  const [info, pid] = await Promise.all([nfInfo(nf, world), pidOf(nf.container, world)]);
  const threads = await threadsOf(world.host, pid);
  const workers = info.threads.filter((thread) => thread.name === "worker");
  const checked = workers.map((worker) => {
    const thread = threads.find((candidate) => candidate.innerTid === worker.tid);
    return check(`${nf.name} worker`, pid, thread, nf.workerCpu);
  });
  return { info, threads: checked };
}

/** Threads of a program that is none of corebed's which run on its NF's CPU and nowhere else: its workers, whatever it calls them. */
async function foreignNf(nf: LabNf, world: World) {
  const pid = await pidOf(nf.container, world);
  const own = (await threadsOf(world.host, pid)).filter(({ allowedCpus }) => allowedCpus.join() === `${nf.workerCpu}`);
  return { pid, threads: own.map(({ name, tid }) => ({ name: `${nf.name} ${name}`, pid, tid, cpu: nf.workerCpu })) };
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
