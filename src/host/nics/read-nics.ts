import type { NicFacts, NicUse, VfioFacts } from "../../lab/host-facts.ts";
import { textReader } from "../look.ts";
import { isBridgeClass, isNetworkClass, parseUevent } from "../parse/uevent.ts";
import type { Looker, SurveyRequest } from "../survey.ts";
import { type NetworkUse, readNetworkUse, usesOf } from "./network-use.ts";

const DEVICES = "/sys/bus/pci/devices";
const GROUPS = "/sys/kernel/iommu_groups";

/** Where cards are found, and what is needed of them once that is known. */
export const NIC_PLACES: SurveyRequest = {
  files: [
    `${DEVICES}/*/uevent`,
    `${GROUPS}/*/name`,
    "/sys/class/net/*/carrier",
    "/sys/class/net/*/speed",
    "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode",
  ],
  names: [`${DEVICES}/*`, `${GROUPS}/*`, `${GROUPS}/*/devices/*`, "/sys/bus/pci/drivers/vfio-pci/*"],
};

/** Where more is found about the cards among the devices on the PCI bus. */
export async function cardPlaces(host: Looker): Promise<SurveyRequest> {
  const cards = (await pciDevices(host)).filter(isCard).map(({ pci }) => `${DEVICES}/${pci}`);
  return {
    files: cards.flatMap((card) => ["numa_node", "physfn/uevent", "virtfn*/uevent"].map((name) => `${card}/${name}`)),
    names: cards.flatMap((card) => ["*", "net/*", "virtio*/net/*"].map((name) => `${card}/${name}`)),
  };
}

/** What hands PCI devices to programs of user space and can be chosen for a card. */
export const USER_DRIVERS: readonly string[] = ["vfio-pci", "uio_pci_generic", "igb_uio"];

/** The network cards on the PCI bus and what VFIO there is. Reads only; a host without sysfs has none. */
export async function readNics(
  host: Looker,
  sshConnection?: string,
): Promise<{ readonly nics: readonly NicFacts[]; readonly vfio: VfioFacts }> {
  const devices = await pciDevices(host);
  const cards = devices.filter(isCard);
  const [groups, vfio, use] = await Promise.all([
    readGroups(host),
    readVfio(host),
    // Without cards nobody asks.
    cards.length === 0 ? undefined : readNetworkUse(host, sshConnection),
  ]);
  const neighbours = (pci: string): NicFacts["groupNeighbours"] =>
    (groups.get(pci)?.members ?? [])
      .filter((member) => member !== pci)
      .flatMap((member) => {
        const uevent = devices.find((device) => device.pci === member)?.uevent;
        if (isBridgeClass(uevent?.get("PCI_CLASS") ?? "")) return [];
        return [{ pci: member, driver: uevent?.get("DRIVER") }];
      });
  const nics = await Promise.all(
    cards.map(async ({ pci, uevent }): Promise<NicFacts> => {
      const found = await readCard(host, pci, use);
      return {
        pci,
        id: (uevent.get("PCI_ID") ?? "").toLowerCase(),
        driver: uevent.get("DRIVER"),
        iommuGroup: groups.get(pci)?.number,
        groupNeighbours: neighbours(pci),
        ...found,
      };
    }),
  );
  return { nics, vfio: { ...vfio, iommu: groups.size > 0 } };
}

interface PciDevice {
  readonly pci: string;
  readonly uevent: ReadonlyMap<string, string>;
}

async function pciDevices(host: Looker): Promise<readonly PciDevice[]> {
  const text = textReader(host);
  const addresses = (await host.list(DEVICES)) ?? [];
  return await Promise.all(
    addresses.map(async (pci) => ({ pci, uevent: parseUevent(await text(`${DEVICES}/${pci}/uevent`)) })),
  );
}

function isCard({ uevent }: PciDevice): boolean {
  return isNetworkClass(uevent.get("PCI_CLASS") ?? "");
}

async function readCard(
  host: Looker,
  pci: string,
  use: NetworkUse | undefined,
): Promise<Omit<NicFacts, "pci" | "id" | "driver" | "iommuGroup" | "groupNeighbours">> {
  const text = textReader(host);
  const directory = `${DEVICES}/${pci}`;
  const entries = (await host.list(directory)) ?? [];
  const interfaces = await interfacesOf(host, directory, entries);
  const [first] = interfaces;
  const numa = Number.parseInt(await text(`${directory}/numa_node`), 10);
  const target = async (link: string): Promise<string | undefined> =>
    parseUevent(await text(`${directory}/${link}/uevent`)).get("PCI_SLOT_NAME");
  const virtualFunctions = await Promise.all(entries.filter((entry) => /^virtfn\d+$/.test(entry)).map(target));
  const carrier = first === undefined ? "" : await text(`/sys/class/net/${first}/carrier`);
  const speed = first === undefined ? Number.NaN : Number.parseInt(await text(`/sys/class/net/${first}/speed`), 10);
  const functions = virtualFunctions.filter((item) => item !== undefined).toSorted();
  return {
    interfaces,
    numaNode: numa >= 0 ? numa : undefined,
    linkUp: carrier === "" ? undefined : carrier.trim() === "1",
    speedMbps: speed > 0 ? speed : undefined,
    physicalFunction: entries.includes("physfn") ? await target("physfn") : undefined,
    virtualFunctions: functions,
    uses: worstFirst([...usesOf(interfaces, use), ...functionUses(functions)]),
  };
}

/** A card's interfaces lie in its `net`, those of a virtio card in that of the virtio device on it. */
async function interfacesOf(host: Looker, directory: string, entries: readonly string[]): Promise<readonly string[]> {
  const holders = [
    directory,
    ...entries.filter((entry) => /^virtio\d+$/.test(entry)).map((entry) => `${directory}/${entry}`),
  ];
  return (await Promise.all(holders.map((holder) => host.list(`${holder}/net`)))).flatMap((names) => names ?? []);
}

function functionUses(functions: readonly string[]): readonly NicUse[] {
  if (functions.length === 0) return [];
  const count = functions.length === 1 ? "a virtual function" : `${functions.length} virtual functions`;
  return [{ kind: "virtual-functions", text: `has ${count}, which would go with its driver` }];
}

const ORDER: readonly NicUse["kind"][] = [
  "default-route",
  "ssh",
  "unknown",
  "member",
  "virtual-functions",
  "addresses",
  "up",
];

function worstFirst(uses: readonly NicUse[]): readonly NicUse[] {
  return uses.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** By device: its IOMMU group and all that are in it. The groups that VFIO makes up where there is no IOMMU are none. */
async function readGroups(
  host: Looker,
): Promise<ReadonlyMap<string, { readonly number: number; readonly members: readonly string[] }>> {
  const text = textReader(host);
  const names = (await host.list(GROUPS)) ?? [];
  const groups = await Promise.all(
    names.map(async (name) => ({
      number: Number(name),
      members: (await host.list(`${GROUPS}/${name}/devices`)) ?? [],
      madeUp: (await text(`${GROUPS}/${name}/name`)).trim() === "vfio-noiommu",
    })),
  );
  const real = groups.filter(({ madeUp }) => !madeUp);
  return new Map(real.flatMap((group) => group.members.map((member) => [member, group] as const)));
}

async function readVfio(host: Looker): Promise<Omit<VfioFacts, "iommu">> {
  const allowed = await textReader(host)("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode");
  return {
    driver: (await host.list("/sys/bus/pci/drivers/vfio-pci")) !== undefined,
    noIommu: /^[Y1]/.test(allowed),
  };
}
