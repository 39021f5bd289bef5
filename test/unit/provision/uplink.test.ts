import { expect, test } from "vitest";
import { specDigest, type UplinkSpec } from "../../../src/lab/resource.ts";
import type { Reader, World } from "../../../src/provision/driver.ts";
import { observeUplinks, uplinkDriver } from "../../../src/provision/uplink.ts";
import { JsonRpcClient } from "../../../src/rpc/json-rpc.ts";
import { FakePeer } from "../rpc/fake-peer.ts";
import { FakeHost } from "../setup/fake-host.ts";

const SPEC: UplinkSpec = {
  container: "corebed.two.switch",
  runDirectory: "/run/corebed/two/switch",
  parent: "eth1",
  interface: "up0",
  mac: "02:cb:00:00:00:01",
  address: "192.0.2.1/24",
  bridge: "uplink",
  otherConfig: {},
};

/** The database of a switch that has an uplink with this mark, and whose port OVS refused, which spares the test the look at the interface. */
function database(mark: string): FakePeer {
  return new FakePeer(() => ({
    result: [
      { rows: [{ external_ids: ["map", [["corebed-uplink", mark]]] }] },
      { rows: [{ name: "up0", error: "no such device" }] },
    ],
  }));
}

async function observed(mark: string) {
  const host = new FakeHost();
  host.connect = async () => database(mark).stream;
  const containers = async () => [{ State: "running", Labels: { "corebed.resource": "switch:switch" } }];
  return observeUplinks({ host, docker: { containers } } as unknown as Reader, "two");
}

test("the mark of an uplink tells what it was made as", async () => {
  const problem = { text: "port up0 is in error: no such device", repairable: false };
  expect(await observed(JSON.stringify(SPEC))).toMatchObject([{ spec: SPEC, digest: specDigest(SPEC), problem }]);
});

test.each(["", "{ not", "null", '"uplink"', "{}"])("a mark of %j is something to replace", async (mark) => {
  const problem = { text: "the mark of bridge uplink cannot be read", repairable: false };
  expect(await observed(mark)).toMatchObject([{ id: "uplink:switch", digest: "", problem, inside: "switch:switch" }]);
});

test("an uplink whose mark cannot be read is removed from where every lab has it", async () => {
  const asked: string[] = [];
  const peer = new FakePeer(() => ({ result: [{ rows: [] }] }));
  const host = new FakeHost({ "/proc/77/root/sys/class/net/up0/mtu": "1500" }, () => ({}));
  const world = {
    host,
    docker: { getContainer: (name: string) => ({ inspect: async () => asked.push(name) && { State: { Pid: 77 } } }) },
    links: { database: async (path: string) => asked.push(path) && new JsonRpcClient(peer.stream, { peer: "ovsdb" }) },
  } as unknown as World;
  const [found] = await observed("{ not");
  if (found?.kind !== "uplink") throw new Error("no uplink was seen");
  await uplinkDriver.delete(world, found);
  expect(asked).toEqual([SPEC.runDirectory, SPEC.container]);
  expect(peer.received[0]?.params).toMatchObject(["Open_vSwitch", { where: [["name", "==", "uplink"]] }]);
  expect(host.runOptions.map((options) => options?.stdin)).toEqual(["link delete dev up0\n"]);
});
