import { controlledApp, type LabNf, type LabPort } from "../lab/lab.ts";
import { onSharedMemory } from "../lab/shared-memory.ts";
import type { HostReader } from "../provision/driver.ts";
import { onWire } from "../topology/datapaths.ts";
import { INTERFACES, type InterfaceCounters, interfaceCounters } from "./interfaces.ts";
import type { LabControls } from "./live.ts";

/** Beside packets the bytes, since nobody else knows how long the frames of such an NF are. */
export interface ForeignCounters extends InterfaceCounters {
  /** Of frames without their FCS. */
  readonly rxBytes: number;
}

/**
 * What the kernel counts at the interfaces of NFs that corebed has no control socket to (testpmd, images of the user's own), by `nf/port`. In a container an
 * interface is found by its name or its MAC; on the host by its name. Ports on shared memory have none.
 */
export async function foreignInterfaces(controls: LabControls): Promise<ReadonlyMap<string, ForeignCounters>> {
  const foreign = controls.lab.nfs.filter((nf) => controlledApp(nf) === undefined);
  const found = await Promise.all(
    foreign.flatMap((nf) =>
      nf.ports.map(async (port) => [`${nf.name}/${port.index}`, await read(controls, nf, port)] as const),
    ),
  );
  return new Map(found.flatMap(([key, counters]) => (counters === undefined ? [] : [[key, counters] as const])));
}

async function read({ host, live }: LabControls, nf: LabNf, port: LabPort): Promise<ForeignCounters | undefined> {
  if (onSharedMemory(port) && port.interface === undefined) return undefined;
  if (port.interface !== undefined && !onWire(port.datapath)) return counters(host, port.interface);
  const directory = `/proc/${live.foreignPids.get(nf.name)}/root${INTERFACES}`;
  if (port.interface !== undefined) return counters(host, port.interface, directory);
  for (const name of (await host.list(directory)) ?? []) {
    const mac = await host.read(`${directory}/${name}/address`);
    if (mac?.trim() === port.mac) return counters(host, name, directory);
  }
  return undefined;
}

async function counters(
  host: HostReader,
  name: string,
  directory: string = INTERFACES,
): Promise<ForeignCounters | undefined> {
  const [packets, bytes] = await Promise.all([
    interfaceCounters(host, name, directory),
    host.read(`${directory}/${name}/statistics/rx_bytes`),
  ]);
  return packets === undefined || bytes === undefined ? undefined : { ...packets, rxBytes: Number(bytes) };
}
