import { type Host, HostError } from "../host/host.ts";
import { parseUevent } from "../host/parse/uevent.ts";
import type { NicFacts } from "../lab/host-facts.ts";
import type { HostReader } from "./driver.ts";
import { type LabMark, type NicTaker, readNicRecord, removeNicRecord, writeNicRecord } from "./nic-record.ts";

const BUS = "/sys/bus/pci";

/** A card did not go to the driver that it was to have. */
export class NicBindingError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NicBindingError";
  }
}

/** The driver that has a device now; undefined without one. */
export async function driverOfNic(host: Pick<HostReader, "read">, pci: string): Promise<string | undefined> {
  return parseUevent((await host.read(`${BUS}/devices/${pci}/uevent`)) ?? "").get("DRIVER");
}

/**
 * Gives a card to another driver. What it had is written down first, so that it can be put back whatever happens; who takes it again keeps the first record.
 * A driver that does not take it leaves the card with the old one. A lab's record says whose the card is, also where it has the right driver already.
 */
export async function bindNic(
  host: Host,
  nic: Pick<NicFacts, "pci" | "driver" | "interfaces">,
  driver: string,
  lab?: LabMark,
): Promise<void> {
  const { pci, interfaces } = nic;
  const taker = lab === undefined ? "user" : "lab";
  if (nic.driver === driver && lab === undefined) return;
  const known = await readNicRecord(host, pci, taker);
  await writeNicRecord(host, { ...(known ?? { pci, driver: nic.driver, interfaces }), lab });
  if (nic.driver === driver) return;
  await moveTo(host, pci, driver);
  if ((await driverOfNic(host, pci)) === driver) return;
  await moveTo(host, pci, nic.driver);
  if (known === undefined) await removeNicRecord(host, pci, taker);
  throw new NicBindingError(
    `${pci}: ${driver} did not take the card, which is back with ${nic.driver ?? "no driver"}; dmesg | tail tells why`,
  );
}

/** Gives a card back to the driver that it had; without a record to the one that the kernel chooses. Answers with the driver that has it now. */
export async function unbindNic(host: Host, pci: string, taker: NicTaker = "user"): Promise<string | undefined> {
  const record = await readNicRecord(host, pci, taker);
  const wanted = record?.driver;
  if (record === undefined || (await driverOfNic(host, pci)) !== wanted) {
    await moveTo(host, pci, wanted, record === undefined);
  }
  const now = await driverOfNic(host, pci);
  if (record !== undefined && now !== wanted) {
    throw new NicBindingError(
      `${pci}: its driver ${wanted ?? "(none)"} did not take it back, and it is with ${now ?? "no driver"}: load that driver and try again`,
    );
  }
  await removeNicRecord(host, pci, taker);
  return now;
}

/**
 * As the kernel wants it (Documentation/ABI/testing/sysfs-bus-pci): name the driver, take the device from the one that has it, let the kernel look for
 * drivers again. The name is wiped afterwards where the kernel would find the driver by itself, as it did before.
 */
async function moveTo(host: Host, pci: string, driver: string | undefined, anyDriver = false): Promise<void> {
  const device = `${BUS}/devices/${pci}`;
  await host.write(`${device}/driver_override`, `${driver ?? ""}\n`);
  const current = await driverOfNic(host, pci);
  if (current !== undefined && current !== driver) await host.write(`${BUS}/drivers/${current}/unbind`, pci);
  if (driver !== undefined || anyDriver) await probe(host, pci);
  if (driver !== undefined && driver !== "vfio-pci") await host.write(`${device}/driver_override`, "\n");
}

/** A driver that turns the device down makes this fail, or not: who has the device afterwards is what counts. */
async function probe(host: Host, pci: string): Promise<void> {
  await host.write(`${BUS}/drivers_probe`, pci).catch((error: unknown) => {
    if (!(error instanceof HostError)) throw error;
  });
}

/** Lets VFIO work without an IOMMU, until the next boot. Then a device can write to all memory: only the user may choose that. */
export async function allowNoIommu(host: Host): Promise<void> {
  await host.write("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y");
}
