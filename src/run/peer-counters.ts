import type { HostReader } from "../provision/driver.ts";
import type { LabControls } from "./live.ts";

const INTERFACES = "/sys/class/net";

/** What the kernel counts at an interface (Documentation/networking/statistics.rst). */
export interface InterfaceCounters {
  readonly name: string;
  readonly rxPackets: number;
  readonly rxDropped: number;
  readonly txPackets: number;
  readonly txDropped: number;
}

/** Counters of the bridge's end of the veth pair of every port on a Docker bridge, by `nf/port`. */
export async function peerCounters(controls: LabControls): Promise<ReadonlyMap<string, InterfaceCounters>> {
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
      return peer === undefined ? [] : [[`${nf}/${index}`, await readCounters(controls.host, peer)] as const];
    }),
  );
  return new Map(found.flat());
}

async function interfacesByIndex(host: HostReader): Promise<ReadonlyMap<number, string>> {
  const names = (await host.list(INTERFACES)) ?? [];
  const entries = await Promise.all(
    names.map(async (name) => [Number(await host.read(`${INTERFACES}/${name}/ifindex`)), name] as const),
  );
  return new Map(entries);
}

async function readCounters(host: HostReader, name: string): Promise<InterfaceCounters> {
  const read = async (counter: string): Promise<number> =>
    Number(await host.read(`${INTERFACES}/${name}/statistics/${counter}`));
  const [rxPackets, rxDropped, txPackets, txDropped] = await Promise.all([
    read("rx_packets"),
    read("rx_dropped"),
    read("tx_packets"),
    read("tx_dropped"),
  ]);
  return { name, rxPackets, rxDropped, txPackets, txDropped };
}
