import { describe, expect, test } from "vitest";
import type { HostFacts, InterfaceFacts } from "../../../src/lab/host-facts.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import { hostWith } from "./hosts.ts";
import { chainText, diagnosticsText, labOf } from "./make-lab.ts";

const TEXT = chainText(2, {
  top: "datapath: nic\nnics: { left: { device: eth1 }, right: { device: eth2 } }",
});

const free = (name: string, parts: Partial<InterfaceFacts> = {}): InterfaceFacts => ({
  name,
  mac: "02:00:00:00:00:01",
  mtuBytes: 1500,
  up: true,
  uses: [],
  ...parts,
});

const hostOf = (parts: Partial<InterfaceFacts> = {}): HostFacts => ({
  ...hostWith(16),
  interfaces: [free("eth1", parts), free("eth2")],
});

describe("interfaces of the host in place of cards", () => {
  const resources = labResources(labOf(TEXT, hostOf()));
  const find = (id: string) => resources.find((resource) => resource.id === id);

  test("the switch gets one of its own on each, and an AF_XDP port on that", () => {
    expect(find("interface:left")).toMatchObject({
      spec: { parent: "eth1", interface: "nic.left" },
      inside: "switch:switch",
    });
    expect(find("port:nic.left")).toMatchObject({
      spec: { port: { name: "nic.left", type: "afxdp" } },
      needs: ["bridge:br0", "interface:left"],
      boundTo: ["interface:left"],
      chains: ["main"],
    });
    expect(find("bridge:br0")?.spec).toMatchObject({ ports: [{ name: "sink-p0" }, { name: "gen-p0" }] });
  });

  test("DPDK is given no device, and the switch may load XDP programs", () => {
    expect(find("switch:switch")?.spec).toMatchObject({
      capabilities: ["NET_RAW", "IPC_LOCK", "SYS_ADMIN"],
      fixedConfig: { "dpdk-extra": "--no-pci --no-telemetry" },
    });
  });

  test("each is made before its port", () => {
    const port = makePlan("chain", resources, []).operations.find(({ key }) => key === "create port:nic.right");
    expect(port?.after).toEqual(expect.arrayContaining(["create interface:right"]));
  });
});

describe("what keeps a lab from an interface", () => {
  test.each<[string, Partial<InterfaceFacts>]>([
    ["in-use", { uses: [{ kind: "addresses", text: "has the address 192.0.2.1" }] }],
    ["down", { up: false }],
    ["narrow", { mtuBytes: 1400 }],
    ["absent", { name: "eth7" }],
  ])("%s", async (name, parts) => {
    await expect(diagnosticsText(TEXT, hostOf(parts))).toMatchFileSnapshot(`golden/nic-interface-${name}.txt`);
  });

  test("a kernel without AF_XDP", async () => {
    const host = hostOf();
    const without = { ...host, kernelSupport: { ...host.kernelSupport, "af-xdp": false } };
    await expect(diagnosticsText(TEXT, without)).toMatchFileSnapshot("golden/nic-interface-no-xdp.txt");
  });
});
