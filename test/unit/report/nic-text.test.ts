import { expect, test } from "vitest";
import { readNics } from "../../../src/host/nics/read-nics.ts";
import { formatNics, type ListedNic } from "../../../src/report/nic-text.ts";
import { treeHost } from "../host/nics/tree-host.ts";

const OUTPUT = { width: 80, color: false, unicode: false };

const listed = (nics: readonly Omit<ListedNic, "name" | "before" | "lab">[]): readonly ListedNic[] =>
  nics.map((nic) => ({
    ...nic,
    name: nic.id === "8086:1572" ? "Intel Corporation Ethernet Controller X710 for 10GbE SFP+" : undefined,
    before: nic.pci === "0000:03:02.1" ? { driver: "iavf" } : undefined,
    lab: nic.pci === "0000:03:02.1" ? "edge" : undefined,
  }));

/** Golden texts: `vitest -u` writes them anew; read the difference before you commit it. */
test("cards at 80 columns", async () => {
  await using host = await treeHost();
  const { nics, vfio } = await readNics(host, "");
  const text = formatNics(listed(nics), vfio, OUTPUT);
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
  await expect(`${text}\n`).toMatchFileSnapshot("golden/nics.txt");
});

test("what the host lacks comes last", async () => {
  const text = formatNics(
    listed([{ ...NOTHING, pci: "0000:03:00.0" }]),
    { driver: false, iommu: false, noIommu: false },
    OUTPUT,
  );
  expect(text).toContain("modprobe vfio-pci");
  expect(text).toContain("There is no IOMMU");
  expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

test("no card is a sentence", () => {
  expect(formatNics([], { driver: true, iommu: true, noIommu: false }, OUTPUT)).toBe(
    "There is no network card on the PCI bus of this host.",
  );
});

const NOTHING = {
  id: "8086:1521",
  interfaces: [],
  driver: undefined,
  numaNode: undefined,
  iommuGroup: undefined,
  groupNeighbours: [],
  linkUp: undefined,
  speedMbps: undefined,
  physicalFunction: undefined,
  virtualFunctions: [],
  uses: [],
};
