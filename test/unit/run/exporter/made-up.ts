import type Docker from "dockerode";
import type { Reader } from "../../../../src/provision/driver.ts";
import { LABEL } from "../../../../src/provision/labels.ts";

/** A container as Docker lists it, with a spec on its label. */
export function container(
  lab: string,
  resource: string,
  spec: unknown,
  {
    state: State = "running",
    paths,
    made: Created = 1,
    host,
  }: Pick<MadeUpNf, "state" | "paths" | "host"> & { readonly made?: number } = {},
): Docker.ContainerInfo {
  const Labels = {
    [LABEL.lab]: lab,
    [LABEL.resource]: resource,
    [LABEL.spec]: JSON.stringify(spec),
    ...(paths !== undefined && { [LABEL.paths]: JSON.stringify(paths) }),
    ...(host !== undefined && { [LABEL.place]: JSON.stringify({ host, hosts: [] }) }),
  };
  return { Id: `${lab}-${resource}`, State, Labels, Created } as unknown as Docker.ContainerInfo;
}

interface MadeUpNf {
  readonly nf: string;
  readonly app?: string;
  readonly workerCpu?: number;
  readonly ports?: readonly unknown[];
  readonly state?: "running" | "paused" | "exited";
  /** Of the lab's chains, when it was made. */
  readonly paths?: Readonly<Record<string, readonly string[]>>;
  /** Of a lab on several hosts, the one that has it. */
  readonly host?: string;
  /** When it was made, in seconds. */
  readonly made?: number;
}

export function nfContainer(lab: string, { nf, app, workerCpu = 1, ports, ...rest }: MadeUpNf): Docker.ContainerInfo {
  const socket = app === undefined ? {} : { app, controlSocket: `/run/corebed/${lab}/${nf}/control.sock` };
  const spec = { nf, workerCpu, ports: ports ?? [port(app === "pktgen" ? "out" : "in")], ...socket };
  return container(lab, `nf:${nf}`, spec, rest);
}

export function port(direction: "out" | "in", { index = 0, chain = "main", datapath = "vhost-user" } = {}) {
  return { index, chain, direction, datapath };
}

export function switchContainer(lab: string, on: Pick<MadeUpNf, "host"> = {}): Docker.ContainerInfo {
  return container(lab, "switch:switch", { runDirectory: `/run/corebed/${lab}/switch`, pmdCpus: [0] }, on);
}

const APP = {
  pktgen: {
    offered: 0,
    sent: 0,
    sentBytes: 0,
    startTsc: 0,
    stopTsc: 0,
    windows: { count: 0, minSent: 0, maxSent: 0 },
  },
  stats: {
    received: 0,
    receivedBytes: 0,
    foreign: 0,
    foreignBytes: 0,
    interArrivalNs: { count: 0, min: 0, max: 0, sum: 0, buckets: [] },
    sizes: [],
    protocols: {},
    reorder: { reordered: 0, maxExtent: 0, extents: [], unknownExtent: 0, nReordered: [] },
    stale: 0,
    lost: 0,
    reordered: 0,
    duplicates: 0,
    firstTsc: 0,
    lastTsc: 0,
    latencyNs: { count: 0, min: 0, max: 0, sum: 0, buckets: [] },
  },
  l2fwd: { forwarded: 0, dropped: 0 },
};

/** What an NF answers to `stats`. */
export function nfStats(app: keyof typeof APP, ports: readonly Readonly<Record<string, unknown>>[]) {
  const none = { rxPackets: 0, rxBytes: 0, txPackets: 0, txBytes: 0, txUnsent: 0, rxNoMbuf: 0 };
  return {
    tsc: 1,
    tscHz: 2_500_000_000,
    running: false,
    trial: 0,
    worker: { iterations: 9, emptyPolls: 4, yields: 0, busyTsc: 500, idleTsc: 400 },
    ports: ports.map((counters, index) => ({ index, ...none, ...counters })),
    app: APP[app],
  };
}

/** A reading half of the world, made of what is given. */
export function reader(parts: {
  readonly containers: () => Promise<readonly Docker.ContainerInfo[]>;
  readonly files?: Readonly<Record<string, string>>;
  readonly connect?: Reader["host"]["connect"];
}): Reader {
  const files = new Map(Object.entries(parts.files ?? {}));
  const refuse = () => Promise.reject(new Error("internal: a test did not expect this call"));
  return {
    host: {
      name: "local",
      read: async (path) => files.get(path),
      list: async (path) => {
        const below = [...files.keys()].filter((file) => file.startsWith(`${path}/`));
        return [...new Set(below.map((file) => file.slice(path.length + 1).split("/")[0] ?? ""))];
      },
      survey: refuse,
      connect: parts.connect ?? refuse,
    },
    tokenBuckets: refuse,
    docker: {
      containers: parts.containers,
      inspect: async () => ({ State: { Pid: 42 } }) as Docker.ContainerInspectInfo,
      networks: refuse,
      engine: refuse,
      swarm: refuse,
    },
  };
}
