import { describe, expect, test } from "vitest";
import type { Resource } from "../../../src/lab/resource.ts";
import { specDigest } from "../../../src/lab/resource.ts";
import type { ObservedOf } from "../../../src/plan/plan.ts";
import type { World } from "../../../src/provision/driver.ts";
import { nicDriver, nicLabs, observeNics } from "../../../src/provision/nic.ts";
import { driverOfNic } from "../../../src/provision/nic-binding.ts";
import { nicRecords } from "../../../src/provision/nic-record.ts";
import { type TreeHost, treeHost } from "../host/nics/tree-host.ts";

const FREE = "0000:03:00.1";

const resource = (pci: string, bind: boolean, lab = "mine"): Extract<Resource, { kind: "nic" }> => ({
  kind: "nic",
  id: "nic:left",
  lab,
  spec: { pci, bind },
  needs: [],
  inside: undefined,
  boundTo: [],
  chains: ["main"],
});

const worldOf = (host: TreeHost): World => ({ host }) as unknown as World;
const observed = async (host: TreeHost, lab = "mine") =>
  (await observeNics({ host } as never, lab)) as readonly ObservedOf<"nic">[];

describe("a card as a resource of a lab", () => {
  test("is taken, seen by its record, and given back", async () => {
    await using host = await treeHost();
    const wanted = resource(FREE, true);
    await nicDriver.create(worldOf(host), wanted);
    expect(await driverOfNic(host, FREE)).toBe("vfio-pci");
    const [seen] = await observed(host);
    expect(seen).toMatchObject({ id: "nic:left", digest: specDigest(wanted.spec), problem: undefined });
    expect(await observed(host, "other")).toEqual([]);
    expect(await nicLabs(host)).toEqual(["mine"]);
    if (seen === undefined) throw new Error("it is not seen");
    await nicDriver.delete(worldOf(host), seen);
    expect(await driverOfNic(host, FREE)).toBe("i40e");
    expect(await observed(host)).toEqual([]);
  });

  test("that was with vfio-pci already stays there afterwards", async () => {
    await using host = await treeHost();
    await nicDriver.create(worldOf(host), resource("0000:03:02.1", false));
    const [seen] = await observed(host);
    if (seen === undefined) throw new Error("it is not seen");
    expect(host.written).toEqual([]);
    await nicDriver.delete(worldOf(host), seen);
    expect(host.written).toEqual([]);
    expect(await nicRecords(host, "lab")).toEqual([]);
  });

  test("is broken once somebody else gave it to another driver", async () => {
    await using host = await treeHost();
    await nicDriver.create(worldOf(host), resource(FREE, true));
    await host.write(`/sys/bus/pci/devices/${FREE}/driver_override`, "\n");
    await host.write("/sys/bus/pci/drivers_probe", FREE);
    expect((await observed(host))[0]?.problem?.text).toBe(`${FREE} is with i40e`);
  });

  test.each([
    ["carries the default route", "0000:00:03.0"],
    ["belongs to bond0", "0000:04:00.0"],
    ["carries an SSH connection", "0000:04:00.1"],
    ["has 2 virtual functions", "0000:03:00.0"],
    ["there is no network card", "0000:00:02.0"],
  ])("that %s is not taken", async (reason, pci) => {
    await using host = await treeHost();
    await expect(nicDriver.create(worldOf(host), resource(pci, true))).rejects.toThrow(reason);
    expect(host.written).toEqual([]);
    expect(await nicLabs(host)).toEqual([]);
  });

  test("is not taken without the file's word", async () => {
    await using host = await treeHost();
    await expect(nicDriver.create(worldOf(host), resource(FREE, false))).rejects.toThrow(`corebed nic bind ${FREE}`);
  });

  test("of another lab is left to that", async () => {
    await using host = await treeHost();
    await nicDriver.create(worldOf(host), resource(FREE, true, "other"));
    await expect(nicDriver.create(worldOf(host), resource(FREE, true))).rejects.toThrow("corebed destroy other");
  });
});
