import { describe, expect, test } from "vitest";
import { readNics } from "../../../src/host/nics/read-nics.ts";
import { bindNic, driverOfNic, NicBindingError, unbindNic } from "../../../src/provision/nic-binding.ts";
import { nicRecords } from "../../../src/provision/nic-record.ts";
import { type TreeHost, treeHost } from "../host/nics/tree-host.ts";

const FREE = "0000:03:00.1";

async function cardOf(host: TreeHost, pci: string) {
  const found = (await readNics(host, "")).nics.find((nic) => nic.pci === pci);
  if (found === undefined) throw new Error(`there is no ${pci}`);
  return found;
}

describe("binding", () => {
  test("a card goes to vfio-pci and back, by the files that the kernel has for it", async () => {
    await using host = await treeHost();
    await bindNic(host, await cardOf(host, FREE), "vfio-pci");
    expect(await driverOfNic(host, FREE)).toBe("vfio-pci");
    expect(host.written).toEqual([
      `/sys/bus/pci/devices/${FREE}/driver_override=vfio-pci`,
      `/sys/bus/pci/drivers/i40e/unbind=${FREE}`,
      `/sys/bus/pci/drivers_probe=${FREE}`,
    ]);
    expect(await nicRecords(host, "user")).toMatchObject([{ pci: FREE, driver: "i40e", interfaces: ["ens1f1"] }]);
    expect(await unbindNic(host, FREE)).toBe("i40e");
    expect(host.written.slice(3)).toEqual([
      `/sys/bus/pci/devices/${FREE}/driver_override=i40e`,
      `/sys/bus/pci/drivers/vfio-pci/unbind=${FREE}`,
      `/sys/bus/pci/drivers_probe=${FREE}`,
      `/sys/bus/pci/devices/${FREE}/driver_override=`,
    ]);
    expect(await nicRecords(host, "user")).toEqual([]);
  });

  test("what it had is on record before anything is changed", async () => {
    await using host = await treeHost();
    const card = await cardOf(host, FREE);
    const dying: TreeHost = Object.assign(Object.create(host), {
      write: async (path: string, text: string) => {
        if (path.startsWith("/sys/")) throw new Error("power cut");
        await host.write(path, text);
      },
    });
    await expect(bindNic(dying, card, "vfio-pci")).rejects.toThrow("power cut");
    expect(await nicRecords(host, "user")).toMatchObject([{ pci: FREE, driver: "i40e" }]);
    expect(await unbindNic(host, FREE)).toBe("i40e");
  });

  test("a driver that does not want the card leaves it with the old one", async () => {
    await using host = await treeHost();
    host.unwilling.add("vfio-pci");
    await expect(bindNic(host, await cardOf(host, FREE), "vfio-pci")).rejects.toThrow(NicBindingError);
    expect(await driverOfNic(host, FREE)).toBe("i40e");
    expect(await nicRecords(host, "user")).toEqual([]);
  });

  test("a card taken twice goes back to what it was first", async () => {
    await using host = await treeHost();
    await bindNic(host, await cardOf(host, FREE), "vfio-pci");
    await bindNic(host, { ...(await cardOf(host, FREE)), driver: "other" }, "vfio-pci");
    expect(await unbindNic(host, FREE)).toBe("i40e");
  });

  test("a card that somebody else gave to vfio-pci goes to the driver that the kernel chooses", async () => {
    await using host = await treeHost();
    expect(await unbindNic(host, "0000:03:02.1")).toBe("iavf");
  });

  test("a card without a driver has none afterwards", async () => {
    await using host = await treeHost();
    await bindNic(host, await cardOf(host, "0000:05:00.0"), "vfio-pci");
    expect(await driverOfNic(host, "0000:05:00.0")).toBe("vfio-pci");
    expect(await unbindNic(host, "0000:05:00.0")).toBeUndefined();
    expect(await driverOfNic(host, "0000:05:00.0")).toBeUndefined();
  });

  test("a driver that is gone keeps the record, and says what to do", async () => {
    await using host = await treeHost();
    await bindNic(host, await cardOf(host, FREE), "vfio-pci");
    host.unwilling.add("i40e");
    await expect(unbindNic(host, FREE)).rejects.toThrow("its driver i40e did not take it back");
    expect(await nicRecords(host, "user")).toHaveLength(1);
  });
});
