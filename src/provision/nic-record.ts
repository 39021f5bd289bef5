import type { Host } from "../host/host.ts";
import type { NicResourceSpec } from "../lab/resource.ts";
import type { HostReader } from "./driver.ts";

/** Where it is written which driver each card had. Under /run, since a binding does not outlive a reboot either; beside the labs' directory, where every name is a lab's. */
export const NIC_RECORDS = "/run/corebed-nics";

/** Who took a card: `corebed nic bind`, or a lab, which may find it taken already and leaves it as it found it. */
export type NicTaker = "user" | "lab";

/** What a card was before corebed took it. */
export interface NicRecord {
  readonly pci: string;
  /** The kernel's driver that it had; undefined where it had none. */
  readonly driver: string | undefined;
  /** Interfaces that it had. */
  readonly interfaces: readonly string[];
  /** The lab that took it, and its resource there; undefined where `corebed nic bind` did. */
  readonly lab?: LabMark | undefined;
}

/** Whose a card is, among labs. */
export interface LabMark {
  readonly name: string;
  readonly resource: string;
  readonly digest: string;
  readonly spec: NicResourceSpec;
}

function recordPath(pci: string, taker: NicTaker): string {
  return `${NIC_RECORDS}/${pci}.${taker}.json`;
}

/** The record of a card; undefined without one, and for what is none. */
export async function readNicRecord(
  host: Pick<HostReader, "read">,
  pci: string,
  taker: NicTaker,
): Promise<NicRecord | undefined> {
  const text = await host.read(recordPath(pci, taker));
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as Partial<NicRecord>;
    if (value.pci !== pci) return undefined;
    return { ...value, pci, driver: value.driver, interfaces: value.interfaces ?? [] };
  } catch {
    return undefined;
  }
}

/** All records of one kind, in the order of the addresses. */
export async function nicRecords(
  host: Pick<HostReader, "read" | "list">,
  taker: NicTaker,
): Promise<readonly NicRecord[]> {
  const names = (await host.list(NIC_RECORDS)) ?? [];
  const ending = `.${taker}.json`;
  const cards = names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length));
  const found = await Promise.all(cards.map((pci) => readNicRecord(host, pci, taker)));
  return found.filter((record) => record !== undefined);
}

/** Writes a record down, to be there before anything is changed. */
export async function writeNicRecord(host: Host, record: NicRecord): Promise<void> {
  await host.makeDirectory(NIC_RECORDS, 0o755);
  await host.write(recordPath(record.pci, takerOf(record)), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Forgets a card that is back where it was. */
export async function removeNicRecord(host: Host, pci: string, taker: NicTaker): Promise<void> {
  await host.remove(recordPath(pci, taker));
}

function takerOf({ lab }: NicRecord): NicTaker {
  return lab === undefined ? "user" : "lab";
}
