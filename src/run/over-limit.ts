import { SHAPER_HANDLE } from "../lab/limit.ts";
import type { LabControls } from "./live.ts";

/** Packets dropped because there was more than may pass. */
export interface OverLimit {
  /** By the OpenFlow number of the port that they left by. */
  readonly policed: ReadonlyMap<number, number>;
  /** By the OpenFlow number of the port that they came in by. */
  readonly metered: ReadonlyMap<number, number>;
  /** In front of the kernel interface of an NF's port, by `nf/port`. */
  readonly shaped: ReadonlyMap<string, number>;
}

/** What policers, meters and queues have dropped so far; undefined where no hop of the lab is limited. */
export async function readOverLimit(controls: LabControls, signal: AbortSignal): Promise<OverLimit | undefined> {
  const { lab, switch: ovs } = controls;
  if (!lab.hops.some(({ limit }) => limit !== undefined)) return undefined;
  const [named, meters, shaped] = await Promise.all([
    ovs?.named?.namedCounters({ signal }) ?? [],
    ovs?.bridge.meterStats({ signal }) ?? [],
    readShaped(controls),
  ]);
  return {
    policed: new Map(named.map(({ port, counters }) => [port, counters.get("ovs_tx_qos_drops") ?? 0])),
    metered: new Map(meters.map(({ id, droppedPackets }) => [id, droppedPackets ?? 0])),
    shaped,
  };
}

async function readShaped(controls: LabControls): Promise<ReadonlyMap<string, number>> {
  const { lab, live } = controls;
  const ports = lab.nfs.flatMap((nf) => nf.ports.filter(({ queued }) => queued).map((port) => ({ nf: nf.name, port })));
  const found = await Promise.all(
    ports.map(async ({ nf, port }) => {
      const pid = live.threads.find(({ name }) => name === `${nf} worker`)?.pid ?? live.foreignPids.get(nf);
      const name = port.interface ?? live.nfs.get(nf)?.ports[port.index]?.iface;
      if (pid === undefined) return [];
      const bucket = (await controls.tokenBuckets(pid)).find(
        (candidate) => candidate.handle === SHAPER_HANDLE && candidate.interface === name,
      );
      return bucket === undefined ? [] : [[`${nf}/${port.index}`, bucket.droppedPackets] as const];
    }),
  );
  return new Map(found.flat());
}
