import type { HostReader } from "../provision/driver.ts";

export const INTERFACES = "/sys/class/net";

/** What the kernel counts at an interface (Documentation/networking/statistics.rst). */
export interface InterfaceCounters {
  readonly rxPackets: number;
  readonly rxDropped: number;
  readonly txPackets: number;
  readonly txDropped: number;
}

/** The host's interfaces by their index, by which a container's view of sysfs names the other end of a veth pair. */
export async function interfacesByIndex(host: HostReader): Promise<ReadonlyMap<number, string>> {
  const names = (await host.list(INTERFACES)) ?? [];
  const entries = await Promise.all(
    names.map(async (name) => [Number(await host.read(`${INTERFACES}/${name}/ifindex`)), name] as const),
  );
  return new Map(entries);
}

/** Counters of an interface of the host, or of a container by its view of sysfs; undefined if it is gone. */
export async function interfaceCounters(
  host: HostReader,
  name: string,
  directory: string = INTERFACES,
): Promise<InterfaceCounters | undefined> {
  const texts = await Promise.all(
    ["rx_packets", "rx_dropped", "tx_packets", "tx_dropped"].map((counter) =>
      host.read(`${directory}/${name}/statistics/${counter}`),
    ),
  );
  if (texts.includes(undefined)) return undefined;
  const [rxPackets = 0, rxDropped = 0, txPackets = 0, txDropped = 0] = texts.map(Number);
  return { rxPackets, rxDropped, txPackets, txDropped };
}
