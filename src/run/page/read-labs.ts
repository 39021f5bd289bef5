import type { Reader } from "../../provision/driver.ts";
import { LABEL } from "../../provision/labels.ts";
import { readCpuTicks } from "../cpu-ticks.ts";
import { bridgePorts } from "../exporter/bridge-ports.ts";
import { deadlineIn, within } from "../exporter/deadline.ts";
import { foundLabs, pollingCpus } from "../exporter/found-lab.ts";
import { readLab } from "../exporter/read-lab.ts";
import type { CpuSeconds, Reading } from "../exporter/reading.ts";
import type { TimedReading } from "./to-state.ts";

/** A reading waits this long for what does not answer: as long as a scrape of the metrics. */
const BOUND_MS = 2_000;
/** Linux counts CPU time in hundredths of a second, on every architecture that DPDK runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Reads what the page shows, from the same sources and by the same calls as a scrape of the metrics, so it costs a lab no more than one. `avoid` is told
 * on which CPUs labs poll, before their NFs are asked.
 */
export function labsReader(
  reader: Reader,
  version: string,
  avoid: (cpus: readonly number[]) => Promise<void>,
): () => Promise<TimedReading> {
  const bridges = bridgePorts();
  let asked: ReturnType<Reader["docker"]["containers"]> | undefined;
  // An engine that is stuck is asked once and not again every second.
  const containers = () => {
    asked ??= reader.docker.containers(LABEL.lab).finally(() => {
      asked = undefined;
    });
    return asked;
  };
  return async () => {
    const deadline = deadlineIn(BOUND_MS);
    const found = await within(deadline, containers());
    if (found !== undefined) bridges.keepOnly(new Set(found.map(({ Id }) => Id)));
    const labs = foundLabs(found ?? []);
    const polled = pollingCpus(labs);
    await within(deadline, avoid(polled));
    const readings = await Promise.all(labs.map((lab) => readLab(lab, reader, bridges, deadline)));
    const ticks = await within(deadline, readCpuTicks(reader.host));
    const cpus = polled.flatMap((cpu): readonly (readonly [number, CpuSeconds])[] => {
      const of = ticks?.get(cpu);
      if (of === undefined) return [];
      const [busy, idle, steal] = [of.busy, of.idle, of.steal].map((count) => count / TICKS_PER_SECOND);
      return [[cpu, { busy: busy ?? 0, idle: idle ?? 0, steal: steal ?? 0 }]];
    });
    const reading: Reading = {
      version,
      labs: found === undefined ? undefined : readings,
      hugePages: undefined,
      cpus: new Map(cpus),
      process: { cpuSeconds: 0, residentBytes: 0 },
      durationSeconds: 0,
    };
    return { at: Date.now(), steadyMs: performance.now(), reading };
  };
}
