import type { Host } from "../host/host.ts";
import type { HostReader } from "./driver.ts";

/** Where it is written which driver each card had. Under /run, since a binding does not outlive a reboot either; beside the labs' directory, where every name is a lab's. */
export const NIC_RECORDS = "/run/corebed-nics";

/** What a card was before corebed took it. */
export interface NicRecord {
  readonly pci: string;
  /** The kernel's driver that it had; undefined where it had none. */
  readonly driver: string | undefined;
  /** Interfaces that it had. */
  readonly interfaces: readonly string[];
  /** The lab that took it, and the resource there; undefined where `corebed nic bind` did. */
  readonly lab?: string | undefined;
  readonly resource?: string | undefined;
  readonly digest?: string | undefined;
}

/** The record of a card; undefined without one, and for what is none. */
export async function readNicRecord(host: Pick<HostReader, "read">, pci: string): Promise<NicRecord | undefined> {
  const text = await host.read(`${NIC_RECORDS}/${pci}.json`);
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<NicRecord>;
    if (value.pci !== pci) return undefined;
    return { ...value, pci, driver: value.driver, interfaces: value.interfaces ?? [] };
  } catch {
    return undefined;
  }
}

/** All records, in the order of the addresses. */
export async function nicRecords(host: Pick<HostReader, "read" | "list">): Promise<readonly NicRecord[]> {
  const names = (await host.list(NIC_RECORDS)) ?? [];
  const found = await Promise.all(
    names.filter((name) => name.endsWith(".json")).map((name) => readNicRecord(host, name.slice(0, -".json".length))),
  );
  return found.filter((record) => record !== undefined);
}

/** Writes a record down, to be there before anything is changed. */
export async function writeNicRecord(host: Host, record: NicRecord): Promise<void> {
  await host.makeDirectory(NIC_RECORDS, 0o755);
  await host.write(`${NIC_RECORDS}/${record.pci}.json`, `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Forgets a card that is back where it was. */
export async function removeNicRecord(host: Host, pci: string): Promise<void> {
  await host.remove(`${NIC_RECORDS}/${pci}.json`);
}
