import { readNics } from "../host/nics/read-nics.ts";
import { refusals } from "../lab/nic-uses.ts";
import { type Resource, specDigest } from "../lab/resource.ts";
import type { Problem } from "../plan/plan.ts";
import type { Driver, HostReader, Observe, World } from "./driver.ts";
import { bindNic, driverOfNic, NicBindingError, unbindNic } from "./nic-binding.ts";
import { type NicRecord, nicRecords, readNicRecord } from "./nic-record.ts";
import { readableSpec } from "./readable-spec.ts";

const VFIO = "vfio-pci";

/** Network cards that carry the lab's mark, in the records of those that were taken. */
export const observeNics: Observe = async ({ host }, lab) => {
  const records = await nicRecords(host, "lab");
  const ours = records.flatMap(({ lab: mark, ...record }) => (mark?.name === lab ? [{ ...record, mark }] : []));
  return await Promise.all(
    ours.map(async ({ pci, mark }) => ({
      kind: "nic" as const,
      id: mark.resource,
      lab,
      digest: mark.digest,
      spec: mark.spec,
      problem: await problemOf(host, pci),
      inside: undefined,
      hugePages: 0,
    })),
  );
};

async function problemOf(host: HostReader, pci: string): Promise<Problem | undefined> {
  const driver = await driverOfNic(host, pci);
  return driver === VFIO ? undefined : { text: `${pci} is with ${driver ?? "no driver"}`, repairable: false };
}

/** Labs that have network cards. */
export async function nicLabs(host: HostReader): Promise<readonly string[]> {
  return (await nicRecords(host, "lab")).flatMap(({ lab }) => lab?.name ?? []);
}

/** A network card in the hands of vfio-pci, and afterwards again with the driver that it had. */
export const nicDriver: Driver<"nic"> = {
  create: (world, resource) => take(world, resource),
  update: async () => {},
  delete: async (world, observed) => {
    await unbindNic(world.host, readableSpec(observed).pci, "lab");
  },
};

/** Looks once more at what the card is needed for, since that may have changed since the plan was made. */
async function take({ host }: World, resource: Extract<Resource, { kind: "nic" }>): Promise<void> {
  const { lab, id, spec } = resource;
  const { pci } = spec;
  throwIfAnothers(pci, lab, await readNicRecord(host, pci, "lab"));
  const nic = (await readNics(host)).nics.find((candidate) => candidate.pci === pci);
  if (nic === undefined) throw new NicBindingError(`there is no network card ${pci}`);
  const [worst] = refusals(nic, { force: false });
  if (worst !== undefined) throw new NicBindingError(`${pci} ${worst.text}: it is not taken`);
  if (nic.driver !== VFIO && !spec.bind) {
    throw new NicBindingError(`${pci} is with ${nic.driver ?? "no driver"}: corebed nic bind ${pci}, or bind: true`);
  }
  await bindNic(host, nic, VFIO, { name: lab, resource: id, digest: specDigest(spec), spec });
}

function throwIfAnothers(pci: string, lab: string, record: NicRecord | undefined): void {
  const owner = record?.lab?.name;
  if (owner === undefined || owner === lab) return;
  throw new NicBindingError(`lab ${owner} has ${pci}: corebed destroy ${owner} gives it back`);
}
