import { parseMeminfo } from "../../host/parse/proc-text.ts";
import type { HostReader, Reader } from "../../provision/driver.ts";
import { LABEL } from "../../provision/labels.ts";
import { readCpuTicks } from "../cpu-ticks.ts";
import { bridgePorts } from "./bridge-ports.ts";
import { type Deadline, deadlineIn, within } from "./deadline.ts";
import { toExposition } from "./exposition.ts";
import { foundLabs, pollingCpus } from "./found-lab.ts";
import { readLab } from "./read-lab.ts";
import type { CpuSeconds, HugePageReading, LabReading, Reading } from "./reading.ts";
import { toSamples, toSamplesOfHosts } from "./samples.ts";

export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** Reads everything within about this time and says it in Prometheus' words. Resolves also when labs, NFs or the Docker engine do not answer. */
export type Scrape = (boundMs: number) => Promise<Exposition>;

export interface ExporterOptions {
  readonly reader: Reader;
  readonly version: string;
  /** Told on which CPUs labs poll, before anything else is read. */
  readonly avoid?: (cpus: readonly number[]) => Promise<void>;
}

/**
 * An exporter of all labs on a host. It keeps nothing about them from one scrape to the next: labs are found by their labels each time, so they may come
 * and go. Scrapes that overlap share one reading.
 */
export function makeExporter(options: ExporterOptions): Scrape {
  const state = stateOf(options.reader);
  return onlyOnce(async (boundMs: number) => toExposition(toSamples(await read(options, state, deadlineIn(boundMs)))));
}

/** The same of several hosts, which are read at the same time: every series of one of them has its name as the label `host`. */
export function makeHostsExporter(options: {
  readonly readers: ReadonlyMap<string, Reader>;
  readonly version: string;
}): Scrape {
  const hosts = [...options.readers].map(([host, reader]) => ({ host, reader, state: stateOf(reader) }));
  return onlyOnce(async (boundMs: number) => {
    const deadline = deadlineIn(boundMs);
    const readings = hosts.map(async ({ host, reader, state }) => ({
      ...(await read({ reader, version: options.version }, state, deadline)),
      host,
    }));
    return toExposition(toSamplesOfHosts(await Promise.all(readings)));
  });
}

function stateOf({ docker }: Reader): State {
  return { bridges: bridgePorts(), containers: onlyOnce(() => docker.containers(LABEL.lab)) };
}

interface State {
  readonly bridges: ReturnType<typeof bridgePorts>;
  readonly containers: () => ReturnType<Reader["docker"]["containers"]>;
}

async function read(options: ExporterOptions, state: State, deadline: Deadline): Promise<Reading> {
  const start = performance.now();
  const [labs, hugePages] = await Promise.all([
    readLabs(options, state, deadline),
    within(deadline, readHugePages(options.reader.host)),
  ]);
  const cpus = await within(deadline, readCpus(options.reader.host, pollingCpus((labs ?? []).map(({ lab }) => lab))));
  const { user, system } = process.cpuUsage();
  return {
    version: options.version,
    labs,
    hugePages,
    cpus: cpus ?? new Map(),
    process: { cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage.rss() },
    durationSeconds: (performance.now() - start) / 1e3,
  };
}

async function readLabs(
  { reader, avoid }: ExporterOptions,
  { bridges, containers }: State,
  deadline: Deadline,
): Promise<readonly LabReading[] | undefined> {
  const found = await within(deadline, containers());
  if (found === undefined) return undefined;
  bridges.keepOnly(new Set(found.map(({ Id }) => Id)));
  const labs = foundLabs(found);
  await within(deadline, avoid?.(pollingCpus(labs)) ?? Promise.resolve());
  return Promise.all(labs.map((lab) => readLab(lab, reader, bridges, deadline)));
}

/** Linux counts CPU time in hundredths of a second, on every architecture that DPDK runs on. */
const TICKS_PER_SECOND = 100;

async function readCpus(host: HostReader, cpus: readonly number[]): Promise<ReadonlyMap<number, CpuSeconds>> {
  if (cpus.length === 0) return new Map();
  const ticks = await readCpuTicks(host);
  return new Map(
    cpus.flatMap((cpu) => {
      const of = ticks.get(cpu);
      if (of === undefined) return [];
      const [busy, idle, steal] = [of.busy, of.idle, of.steal].map((count) => count / TICKS_PER_SECOND);
      return [[cpu, { busy: busy ?? 0, idle: idle ?? 0, steal: steal ?? 0 }] as const];
    }),
  );
}

async function readHugePages(host: HostReader): Promise<HugePageReading | undefined> {
  const meminfo = parseMeminfo((await host.read("/proc/meminfo")) ?? "");
  const [total, free, sizeKib] = ["HugePages_Total", "HugePages_Free", "Hugepagesize"].map((key) => meminfo.get(key));
  if (total === undefined || free === undefined || sizeKib === undefined) return undefined;
  return { total, free, sizeBytes: sizeKib * 1024 };
}

/** A call that is not made again while it is under way: scrapes that time out on a stuck engine must not pile up on it. */
function onlyOnce<Args extends readonly unknown[], T>(call: (...args: Args) => Promise<T>): typeof call {
  let underWay: Promise<T> | undefined;
  return (...args) => {
    underWay ??= call(...args).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}
