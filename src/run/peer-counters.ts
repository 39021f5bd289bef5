import { INTERFACES, type InterfaceCounters, interfaceCounters, interfacesByIndex } from "./interfaces.ts";
import type { LabControls } from "./live.ts";

/** The bridge's end of a veth pair. */
export interface PeerCounters extends InterfaceCounters {
  readonly name: string;
}

/** Counters of the bridge's end of the veth pair of every port on a Docker bridge, by `nf/port`. */
export async function peerCounters(controls: LabControls): Promise<ReadonlyMap<string, PeerCounters>> {
  const ports = controls.lab.nfs.flatMap((nf) =>
    nf.ports.filter((port) => port.datapath === "docker-bridge").map((port) => ({ nf: nf.name, index: port.index })),
  );
  if (ports.length === 0) return new Map();
  const names = await interfacesByIndex(controls.host);
  const found = await Promise.all(
    ports.map(async ({ nf, index }) => {
      const pid = controls.live.threads.find((thread) => thread.name === `${nf} worker`)?.pid;
      const own = controls.live.nfs.get(nf)?.ports[index]?.iface;
      // The container's view of sysfs names the other end by its index on the host.
      const link = await controls.host.read(`/proc/${pid}/root${INTERFACES}/${own}/iflink`);
      const peer = names.get(Number(link));
      const counters = peer === undefined ? undefined : await interfaceCounters(controls.host, peer);
      return peer === undefined || counters === undefined
        ? []
        : [[`${nf}/${index}`, { name: peer, ...counters }] as const];
    }),
  );
  return new Map(found.flat());
}
