import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lab } from "../../../src/lab/lab.ts";
import { tunnelPortName } from "../../../src/lab/names.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { labUplink, TUNNEL_KINDS } from "../../../src/lab/tunnel.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import { chainText, labOf } from "./make-lab.ts";
import { type Half, tunnelled } from "./tunnelled.ts";

const HALF: Half = {
  keeps: "gen",
  kind: "vxlan",
  parent: "eth1",
  address: "192.0.2.1/24",
  remote: "192.0.2.2",
  remoteMac: "02:cb:00:00:00:02",
};

const labWith = (parts: Partial<Half> = {}, top = ""): Lab =>
  tunnelled(labOf(chainText(2, { top })), { ...HALF, ...parts });

describe("a lab whose hop goes on at another host", () => {
  const resources = labResources(labWith());
  const find = (id: string) => resources.find((resource) => resource.id === id);

  test("has an uplink in its switch, with an address that tunnels end on", () => {
    expect(find("uplink:switch")).toMatchObject({
      spec: {
        container: "corebed.chain.switch",
        parent: "eth1",
        address: "192.0.2.1/24",
        bridge: "uplink",
        otherConfig: {},
      },
      needs: ["switch-config:switch"],
      inside: "switch:switch",
      chains: ["main"],
    });
  });

  test.each(TUNNEL_KINDS)("has a port of type %s from that address to the other host's", (kind) => {
    const port = labResources(labWith({ kind })).find(({ id }) => id === "port:tun.main-0");
    expect(port).toMatchObject({
      spec: {
        bridge: "br0",
        port: { type: kind, options: { remote_ip: "192.0.2.2", local_ip: "192.0.2.1", key: "77" } },
      },
      needs: ["bridge:br0", "uplink:switch"],
      chains: ["main"],
    });
  });

  test("sends what comes from its NF into the tunnel, and the other way round", () => {
    const { ports = [] } = labWith().switch ?? {};
    const number = (name: string) => ports.find((port) => port.name === name)?.ofport;
    expect(find("flows:br0")?.spec).toMatchObject({
      flows: expect.arrayContaining([
        expect.objectContaining({ inPort: number("gen-p0"), output: number("tun.main-0") }),
        expect.objectContaining({ inPort: number("tun.main-0"), output: number("gen-p0") }),
      ]),
    });
    expect(find("bridge:br0")?.spec).toMatchObject({ ports: [{ name: "gen-p0" }] });
  });

  test("waits for no NF of the other host", () => {
    const ids = new Set(resources.map(({ id }) => id));
    expect(resources.flatMap(({ needs }) => needs).filter((id) => !ids.has(id))).toEqual([]);
  });

  test("may load AF_XDP programs in its switch", () => {
    expect(find("switch:switch")?.spec).toMatchObject({ capabilities: ["NET_RAW", "IPC_LOCK", "SYS_ADMIN"] });
  });

  test("has the uplink polled where queues are pinned, too", () => {
    const pinned = labResources(labWith({}, "switch: { rxqAssign: pinned }"));
    const cpu = labWith().switch?.pmdCpus[0];
    expect(pinned.find(({ id }) => id === "uplink:switch")?.spec).toMatchObject({
      otherConfig: { "pmd-rxq-affinity": `0:${cpu}` },
    });
  });

  test("is planned with the uplink before the tunnel", () => {
    const keys = makePlan("chain", resources, []).operations;
    const tunnel = keys.find(({ key }) => key === "create port:tun.main-0");
    expect(tunnel?.after).toEqual(expect.arrayContaining(["create uplink:switch", "create bridge:br0"]));
  });
});

describe("names", () => {
  test("a tunnel's port fits into the name of an interface and differs from hop to hop", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/);
    fc.assert(
      fc.property(name, name, fc.nat(50), fc.nat(50), (one, other, hop, another) => {
        expect(tunnelPortName(one, hop).length).toBeLessThanOrEqual(15);
        if (one !== other || hop !== another) expect(tunnelPortName(one, hop)).not.toBe(tunnelPortName(other, another));
      }),
    );
  });

  test("two switches on one network have different MACs, which no card has", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const [first, second] = [one, other].map((host) => labUplink("lab", host, "eth1", "192.0.2.1/24").mac);
        expect(first).toMatch(/^02(:[0-9a-f]{2}){5}$/);
        if (one !== other) expect(first).not.toBe(second);
      }),
    );
  });
});
