import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readNics } from "../../../../src/host/nics/read-nics.ts";
import { parseDefaultRoutes, parseInterfaces } from "../../../../src/host/parse/ip-json.ts";
import { pciName } from "../../../../src/host/parse/pci-ids.ts";
import { plainAddress, sshAddresses } from "../../../../src/host/parse/tcp-table.ts";
import { isNetworkClass, parseUevent, pciAddress } from "../../../../src/host/parse/uevent.ts";
import { groupBlockers, isForceable, refusals } from "../../../../src/lab/nic-uses.ts";
import { treeHost } from "./tree-host.ts";

async function nics(sshConnection?: string) {
  await using host = await treeHost();
  return await readNics(host, sshConnection ?? "");
}

async function card(pci: string, sshConnection?: string) {
  const found = (await nics(sshConnection)).nics.find((nic) => nic.pci === pci);
  if (found === undefined) throw new Error(`there is no ${pci}`);
  return found;
}

describe("network cards out of sysfs", () => {
  test("only network controllers count, virtual functions included", async () => {
    const { nics: found, vfio } = await nics();
    expect(found.map(({ pci, driver, interfaces }) => [pci, driver, interfaces.join()])).toEqual([
      ["0000:00:03.0", "virtio-pci", "eth0"],
      ["0000:03:00.0", "i40e", "ens1f0"],
      ["0000:03:00.1", "i40e", "ens1f1"],
      ["0000:03:02.0", "iavf", "ens1f0v0"],
      ["0000:03:02.1", "vfio-pci", ""],
      ["0000:04:00.0", "igb", "ens2f0"],
      ["0000:04:00.1", "igb", "ens2f1"],
      ["0000:05:00.0", undefined, ""],
    ]);
    expect(vfio).toEqual({ driver: true, iommu: true, noIommu: false });
  });

  test("a card with virtual functions, and one of them", async () => {
    expect(await card("0000:03:00.0")).toMatchObject({
      id: "8086:1572",
      numaNode: 0,
      iommuGroup: 12,
      groupNeighbours: [],
      linkUp: true,
      speedMbps: 10_000,
      physicalFunction: undefined,
      virtualFunctions: ["0000:03:02.0", "0000:03:02.1"],
    });
    expect(await card("0000:03:02.0")).toMatchObject({ physicalFunction: "0000:03:00.0", linkUp: false, uses: [] });
  });

  test("what a card is in use for, worst first; a card that nobody needs is free", async () => {
    const uses = async (pci: string) => (await card(pci)).uses.map(({ text }) => text);
    expect(await uses("0000:00:03.0")).toEqual([
      "carries the default route",
      "has the address 192.0.2.2",
      "is up as eth0",
    ]);
    expect(await uses("0000:03:00.0")).toEqual([
      "has 2 virtual functions, which would go with its driver",
      "is up as ens1f0",
    ]);
    expect(await uses("0000:03:00.1")).toEqual([]);
    expect(await uses("0000:04:00.0")).toEqual([
      "belongs to bond0",
      "has the address 198.51.100.7 (over bond0)",
      "is up as ens2f0",
    ]);
    expect(await uses("0000:04:00.1")).toEqual([
      "carries an SSH connection (over vlan5)",
      "has the address 2001:db8::5 (over vlan5)",
      "is up as ens2f1",
    ]);
  });

  test("SSH_CONNECTION counts where the server listens on another port", async () => {
    const { uses } = await card("0000:04:00.0", "203.0.113.9 50022 198.51.100.7 2222");
    expect(uses[0]?.text).toBe("carries an SSH connection (over bond0)");
  });

  test("without words from ip(8) no card with an interface is free", async () => {
    await using host = await treeHost();
    host.answers.set("ip-address", 'Object "-j" is unknown');
    const { nics: found } = await readNics(host, "");
    expect(found.find(({ pci }) => pci === "0000:03:00.1")?.uses[0]?.kind).toBe("unknown");
    expect(found.find(({ pci }) => pci === "0000:03:02.1")?.uses).toEqual([]);
  });

  test("force overrides what harms the card's own interface alone", async () => {
    const forced = async (pci: string) => refusals(await card(pci), { force: true }).map(({ kind }) => kind);
    expect(await forced("0000:00:03.0")).toEqual(["default-route"]);
    expect(await forced("0000:03:00.0")).toEqual([]);
    expect(await forced("0000:04:00.0")).toEqual(["member"]);
    expect(await forced("0000:04:00.1")).toEqual(["ssh"]);
    expect(isForceable(await card("0000:03:00.0"))).toBe(true);
    expect(isForceable(await card("0000:04:00.1"))).toBe(false);
  });

  test("a group that VFIO made up for want of an IOMMU is none", async () => {
    expect((await card("0000:05:00.0")).iommuGroup).toBeUndefined();
  });

  test("VFIO needs the whole group; bridges do not count", async () => {
    expect(groupBlockers(await card("0000:04:00.0"))).toEqual(["0000:04:00.1 (igb)"]);
    expect(groupBlockers(await card("0000:03:00.1"))).toEqual([]);
  });
});

describe("parsers", () => {
  test("PCI addresses of any spelling", () => {
    expect(pciAddress("03:00.0")).toBe("0000:03:00.0");
    expect(pciAddress("0001:AB:1F.7")).toBe("0001:ab:1f.7");
    for (const wrong of ["eth0", "03:00", "03:20.0", "03:00.8", "", "0000:03:00.0/.."])
      expect(pciAddress(wrong)).toBeUndefined();
  });

  test("every address of four numbers is read back", () => {
    const number = (max: number) => fc.integer({ min: 0, max });
    fc.assert(
      fc.property(number(0xffff), number(0xff), number(0x1f), number(7), (domain, bus, device, fn) => {
        const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
        const text = `${hex(domain, 4)}:${hex(bus, 2)}:${hex(device, 2)}.${fn}`;
        expect(pciAddress(text)).toBe(text);
        expect(pciAddress(text.toUpperCase())).toBe(text);
      }),
    );
  });

  test("classes: networks are 02, whatever comes behind", () => {
    expect(["20000", "20700", "28000"].map(isNetworkClass)).toEqual([true, true, true]);
    expect(["18000", "60000", "FFFF00", "120000", "", "2"].map(isNetworkClass)).toEqual(Array(6).fill(false));
  });

  test("uevent files", () => {
    expect([...parseUevent("DRIVER=igb\nMODALIAS=a=b\n=x\nnonsense\n")]).toEqual([
      ["DRIVER", "igb"],
      ["MODALIAS", "a=b"],
    ]);
  });

  test("names of devices", () => {
    const database =
      "# comment\n1af4  Red Hat\n\t1041  Virtio net\n\t\t1af4 1100  QEMU\n8086  Intel\n\t1572  X710\nC 02  Network\n\t1041  no\n";
    expect(pciName(database, "1AF4:1041")).toBe("Red Hat Virtio net");
    expect(pciName(database, "8086:1041")).toBe("Intel");
    expect(pciName(database, "8086:1572")).toBe("Intel X710");
    expect(pciName(database, "ffff:1572")).toBeUndefined();
    expect(pciName("", "8086:1572")).toBeUndefined();
  });

  test("IPv4 and IPv6 addresses of SSH connections", () => {
    const table = (local: string, remote: string, state = "01") => `head\n 0: ${local} ${remote} ${state} 0:0\n`;
    expect(sshAddresses(table("0100007F:0016", "0100007F:C350"))).toEqual(["127.0.0.1"]);
    expect(sshAddresses(table("0100007F:C350", "0100007F:0016"))).toEqual(["127.0.0.1"]);
    expect(sshAddresses(table("0100007F:0016", "0100007F:C350", "0A"))).toEqual([]);
    expect(sshAddresses(table("0100007F:0017", "0100007F:C350"))).toEqual([]);
    const mapped = "0000000000000000FFFF0000020200C0:0016";
    expect(sshAddresses(table(mapped, mapped))).toEqual(["192.0.2.2"]);
  });

  test("two spellings of an IPv6 address are one", () => {
    expect(plainAddress("2001:db8::5")).toBe("2001:db8:0:0:0:0:0:5");
    expect(plainAddress("2001:0DB8:0:0:0:0:0:0005")).toBe(plainAddress("2001:db8::5"));
    expect(plainAddress("fe80::1%eth0")).toBe("fe80:0:0:0:0:0:0:1");
    expect(plainAddress("::ffff:192.0.2.2")).toBe("192.0.2.2");
    expect(plainAddress("::1")).toBe("0:0:0:0:0:0:0:1");
  });

  test("default routes by several ways, and none", () => {
    const routes = [
      { dst: "default", nexthops: [{ dev: "a" }, { dev: "b" }] },
      { dst: "default", type: "blackhole", dev: "lo" },
    ];
    expect(parseDefaultRoutes(JSON.stringify(routes))).toEqual(["a", "b"]);
    expect(parseDefaultRoutes("")).toEqual([]);
    expect(parseDefaultRoutes("no")).toBeUndefined();
  });

  test("whatever comes, no parser throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        parseUevent(text);
        pciAddress(text);
        pciName(text, "8086:1572");
        pciName("8086  Intel\n", text);
        sshAddresses(text);
        plainAddress(text);
        parseInterfaces(text);
        parseDefaultRoutes(text);
      }),
    );
  });
});
