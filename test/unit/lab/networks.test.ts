import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HostFacts, InterfaceFacts, SwarmFacts } from "../../../src/lab/host-facts.ts";
import type { Lab } from "../../../src/lab/lab.ts";
import type { Resource } from "../../../src/lab/resource.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { MACVLAN_MODES } from "../../../src/topology/topology.ts";
import { hostWith } from "./hosts.ts";
import { chainText, diagnosticsText, labOf, resolve } from "./make-lab.ts";

const face = (name: string, parts: Partial<InterfaceFacts> = {}): InterfaceFacts => ({
  name,
  mac: `02:00:00:00:00:0${name.at(-1)}`,
  mtuBytes: 1500,
  up: true,
  uses: [],
  ...parts,
});

function host(interfaces: readonly InterfaceFacts[], swarm?: SwarmFacts): HostFacts {
  const facts = hostWith(16, { interfaces });
  return swarm === undefined ? facts : { ...facts, docker: { ...facts.docker, swarm } };
}

const FREE = host([face("eth1"), face("eth2"), face("eth3"), face("eth4")]);

function networks(lab: Lab): readonly Extract<Resource, { kind: "network" }>[] {
  return labResources(lab).filter((resource) => resource.kind === "network");
}

const over = (datapath: string, settings: string, length = 2) =>
  chainText(length, { top: `datapath: ${datapath}\n${datapath}: ${settings}` });

describe("macvlan", () => {
  test("in mode bridge has one network for a hop, on one end of a veth pair", () => {
    const lab = labOf(over("macvlan", "{}"), FREE);
    const [only, second] = networks(lab);
    expect(second).toBeUndefined();
    expect(only?.spec.options).toEqual({ parent: lab.hops[0]?.veth?.[0], macvlan_mode: "bridge" });
    expect(only?.needs).toEqual(["veth:main-0"]);
  });

  test.each(["private", "vepa", "passthru"])("in mode %s has a network at each end of the veth pair", (mode) => {
    const lab = labOf(over("macvlan", `{ mode: ${mode} }`, 3), FREE);
    const found = networks(lab);
    expect(found.map(({ id }) => id)).toEqual([
      "network:main-0",
      "network:main-0.in",
      "network:main-1",
      "network:main-1.in",
    ]);
    expect(found.map(({ spec }) => spec.options.macvlan_mode)).toEqual(Array(4).fill(mode));
    expect(found.map(({ spec }) => spec.options.parent)).toEqual(lab.hops.flatMap(({ veth }) => veth ?? []));
    // Each NF is on the network at its own end, and made anew with that.
    const fwd = labResources(lab).find(({ id }) => id === "nf:fwd1");
    expect(fwd?.boundTo).toEqual(expect.arrayContaining(["network:main-0.in", "network:main-1"]));
    expect(fwd?.boundTo).not.toContain("network:main-0");
  });

  test("on parents of the user's takes them in turn and makes none", () => {
    const bridge = labOf(over("macvlan", "{ parent: [eth1, eth2] }", 3), FREE);
    expect(networks(bridge).map(({ spec }) => spec.options.parent)).toEqual(["eth1", "eth2"]);
    const through = labOf(over("macvlan", "{ mode: passthru, parent: [eth3, eth1] }"), FREE);
    expect(networks(through).map(({ spec }) => spec.options.parent)).toEqual(["eth3", "eth1"]);
    for (const lab of [bridge, through]) {
      expect(labResources(lab).filter(({ kind }) => kind === "veth")).toEqual([]);
      expect(networks(lab).flatMap(({ needs }) => needs)).toEqual([]);
    }
  });

  test("never gives an address to two networks, nor an NF one that is not of its network", () => {
    const modes = fc.constantFrom(...MACVLAN_MODES);
    fc.assert(
      fc.property(modes, fc.integer({ min: 2, max: 6 }), fc.stringMatching(/^[a-z]{1,8}$/), (mode, length, name) => {
        const text = over("macvlan", `{ mode: ${mode} }`, length).replace(/^name: .*/m, `name: ${name}`);
        const lab = labOf(text, FREE);
        const taken = new Map<number, string>();
        for (const { spec } of networks(lab)) {
          const [first, count] = rangeOf(spec.subnet);
          for (let at = first; at < first + count; at += 1) {
            expect(taken.get(at)).toBeUndefined();
            taken.set(at, spec.name);
          }
          // The kernel's and Docker's own: network, gateway, broadcast.
          for (const own of [first, first + 1, first + count - 1]) taken.set(own, "");
        }
        const ports = lab.nfs.flatMap((nf) => nf.ports);
        for (const { ipv4, network } of ports) expect(taken.get(numberOf(ipv4))).toBe(network);
        expect(new Set(ports.map(({ ipv4 }) => ipv4)).size).toBe(ports.length);
      }),
    );
  });
});

function numberOf(ipv4: string): number {
  return ipv4.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function rangeOf(cidr: string): readonly [number, number] {
  const [address = "", bits = "32"] = cidr.split("/");
  return [numberOf(address), 2 ** (32 - Number(bits))];
}

describe("ipvlan", () => {
  test.each(["l2", "l3"])("in mode %s: all have the parent's MAC, and frames go to the receiver's address", (mode) => {
    const lab = labOf(over("ipvlan", `{ mode: ${mode} }`), FREE);
    expect(networks(lab)[0]?.spec).toMatchObject({
      driver: "ipvlan",
      options: { parent: lab.hops[0]?.veth?.[0], ipvlan_mode: mode },
    });
    const [gen, sink] = lab.nfs.map((nf) => nf.ports[0]);
    expect(gen?.mac).toBe(sink?.mac);
    expect(sink?.destination).toEqual({ mac: sink?.mac, ipv4: sink?.ipv4 });
    const veth = labResources(lab).find((resource) => resource.kind === "veth");
    expect(veth?.spec).toMatchObject({ mac: sink?.mac });
  });

  test("on a parent of the user's: frames go to that one's MAC", () => {
    const lab = labOf(over("ipvlan", "{ parent: eth2 }"), FREE);
    expect(lab.nfs.map((nf) => nf.ports[0]?.destination.mac)).toEqual(Array(2).fill("02:00:00:00:00:02"));
  });

  test("tells what would arrive nowhere", async () => {
    const top = "datapath: ipvlan\ntraffic: { network: ipv6, vlan: 5, frame: 128, flows: { count: 4, vary: address } }";
    const text = chainText(3, { top }).replace(/app: l2fwd/, "app: l2fwd, mode: macswap");
    await expect(diagnosticsText(text, FREE)).toMatchFileSnapshot("golden/not-over-ipvlan.txt");
  });

  test("where the kernel lacks it, the module is named", async () => {
    const facts = { ...FREE, kernelSupport: { ...FREE.kernelSupport, ipvlan: false } };
    await expect(diagnosticsText(over("ipvlan", "{}"), facts)).toMatchFileSnapshot("golden/no-ipvlan.txt");
  });
});

describe("parents that a lab does not get", () => {
  const BUSY = host([
    face("eth0", { uses: [{ kind: "default-route", text: "carries the default route" }] }),
    face("eth5", { uses: [{ kind: "ssh", text: "carries an SSH connection" }] }),
    face("eth6", { up: false }),
    face("eth7", { mtuBytes: 1400 }),
    face("eth8"),
  ]);

  test("in use, absent, down, too small, twice", async () => {
    const text = over("macvlan", "{ parent: [eth0, eth5, eth9, eth6, eth7, eth8, eth8] }", 8);
    await expect(diagnosticsText(text, BUSY)).toMatchFileSnapshot("golden/parents-refused.txt");
  });

  test.each([
    ["private", "{ mode: private, parent: eth8 }"],
    ["passthru", "{ mode: passthru, parent: eth8 }"],
    ["bridge", "{ parent: eth8 }"],
  ])("too few for mode %s", async (mode, settings) => {
    const text = over("macvlan", settings, mode === "bridge" ? 3 : 2);
    await expect(diagnosticsText(text, BUSY)).toMatchFileSnapshot(`golden/too-few-parents-${mode}.txt`);
  });

  test("a switch has to reflect what vepa sends, and nobody can tell whether it does", async () => {
    const text = over("macvlan", "{ mode: vepa, parent: [eth8, eth9] }");
    expect(resolve(text, BUSY).ok).toBe(true);
    await expect(diagnosticsText(text, BUSY)).toMatchFileSnapshot("golden/vepa-on-a-parent.txt");
  });

  test("facts that say nothing of interfaces forbid nothing", () => {
    expect(resolve(over("macvlan", "{ parent: eth0 }"), hostWith(8)).ok).toBe(true);
  });
});

describe("overlay", () => {
  const INACTIVE: SwarmFacts = { state: "inactive", manager: false, ours: false };
  const swarmOf = (settings: string, swarm: SwarmFacts) =>
    labResources(labOf(over("overlay", settings), host([], swarm))).filter(({ kind }) => kind === "swarm");

  test("starts a swarm only with the user's word", async () => {
    expect(swarmOf("{ swarm: start }", INACTIVE)).toMatchObject([{ spec: { address: "127.0.0.1" } }]);
    const text = diagnosticsText(over("overlay", "{}"), host([], INACTIVE));
    await expect(text).toMatchFileSnapshot("golden/no-swarm.txt");
  });

  test("leaves a swarm alone that was there, and holds one of corebed's", () => {
    const active: SwarmFacts = { state: "active", manager: true, ours: false };
    expect(swarmOf("{ swarm: start }", active)).toEqual([]);
    expect(swarmOf("{}", active)).toEqual([]);
    expect(swarmOf("{}", { ...active, ours: true })).toHaveLength(1);
  });

  test.each(["worker", "locked"])("cannot use a swarm that is %s", async (what) => {
    const swarm =
      what === "worker" ? { ...INACTIVE, state: "active" } : { state: "locked", manager: false, ours: false };
    const text = diagnosticsText(over("overlay", "{ swarm: start }"), host([], swarm));
    await expect(text).toMatchFileSnapshot(`golden/swarm-${what}.txt`);
  });

  test("names its networks as a swarm takes them, and keeps the swarm's own address apart from the NFs'", () => {
    const lab = labOf(over("overlay", "{}", 3), FREE);
    for (const { spec } of networks(lab)) {
      expect(spec.name).toMatch(/^(?=.{1,63}$)[a-zA-Z0-9](?:[-_]*[A-Za-z0-9]+)*$/);
      const [first, count] = rangeOf(spec.addressRange ?? "");
      const own = lab.nfs.flatMap((nf) => nf.ports).filter(({ network }) => network === spec.name);
      expect(own).toHaveLength(2);
      for (const { ipv4 } of own) expect(numberOf(ipv4) < first || numberOf(ipv4) >= first + count).toBe(true);
      // What VXLAN takes off.
      expect(spec.options["com.docker.network.driver.mtu"]).toBe("1550");
    }
  });
});
