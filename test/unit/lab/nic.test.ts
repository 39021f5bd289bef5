import { describe, expect, test } from "vitest";
import type { HostFacts, NicFacts } from "../../../src/lab/host-facts.ts";
import type { Lab } from "../../../src/lab/lab.ts";
import { nfCommand } from "../../../src/lab/nf-command.ts";
import type { Resource } from "../../../src/lab/resource.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { hostWith, twoSockets } from "./hosts.ts";
import { chainText, diagnosticsText, labOf } from "./make-lab.ts";

const card = (pci: string, parts: Partial<NicFacts> = {}): NicFacts => ({
  pci,
  id: "8086:1572",
  interfaces: [],
  driver: "vfio-pci",
  numaNode: 0,
  iommuGroup: Number.parseInt(pci.slice(-1), 10) + 30,
  groupNeighbours: [],
  linkUp: undefined,
  speedMbps: undefined,
  physicalFunction: undefined,
  virtualFunctions: [],
  uses: [],
  ...parts,
});

const [LEFT, RIGHT] = ["0000:03:00.0", "0000:03:00.1"];

const server = (parts: Partial<Record<"left" | "right", Partial<NicFacts>>> = {}, host = hostWith(16)): HostFacts => ({
  ...host,
  nics: [card(LEFT, parts.left), card(RIGHT, parts.right)],
  vfio: { driver: true, iommu: true, noIommu: false },
});

const nics = (more = "", right = more) =>
  `datapath: nic\nnics:\n  left: { device: ${LEFT}${more} }\n  right: { device: 03:00.1${right} }`;
const STAND_INS = "datapath: nic\nnics: { left: { device: af-packet }, right: { device: af-packet } }";
const STAND_INS_OF_NFS = STAND_INS.replaceAll("af-packet", "af-packet, attach: nf");

const textOf = (top: string) => chainText(2, { top });

function spec<Kind extends Resource["kind"]>(lab: Lab, kind: Kind, id: string) {
  const found = labResources(lab).find((resource) => resource.id === id);
  if (found?.kind !== kind) throw new Error(`there is no ${id}`);
  return found as Extract<Resource, { kind: Kind }>;
}

describe("cards of the switch", () => {
  const lab = labOf(textOf(nics()), server());

  test("packets pass the switch twice: from the NF to a card, and from a card to the NF", () => {
    const named = (number: number) => lab.switch?.ports.find(({ ofport }) => ofport === number)?.name;
    expect(lab.switch?.ports.map(({ name, outputTo }) => `${name}->${named(outputTo)}`)).toEqual([
      "gen-p0->nic.left",
      "nic.left->gen-p0",
      "nic.right->sink-p0",
      "sink-p0->nic.right",
    ]);
    const { ports } = spec(lab, "bridge", "bridge:br0").spec;
    expect(Object.fromEntries(ports.map(({ name, type, options }) => [name, [type, options["dpdk-devargs"]]]))).toEqual(
      {
        "gen-p0": ["dpdkvhostuserclient", undefined],
        "nic.left": ["dpdk", LEFT],
        "nic.right": ["dpdk", RIGHT],
        "sink-p0": ["dpdkvhostuserclient", undefined],
      },
    );
  });

  test("DPDK may touch these cards and no other, and the container has their VFIO devices", () => {
    const { fixedConfig, devices, capabilities } = spec(lab, "switch", "switch:switch").spec;
    expect(fixedConfig["dpdk-extra"]).toBe(`-a ${LEFT} -a ${RIGHT} -d /usr/lib/corebed/nic-drivers --no-telemetry`);
    expect(devices).toEqual(["/dev/vfio/vfio", "/dev/vfio/30", "/dev/vfio/31"]);
    expect(capabilities).toBeUndefined();
  });

  test("the switch waits for the cards, and is made anew with them", () => {
    expect(spec(lab, "nic", "nic:left").spec).toEqual({ pci: LEFT, bind: false });
    const { needs, boundTo } = spec(lab, "switch", "switch:switch");
    expect(needs).toEqual(["directory:switch", "nic:left", "nic:right"]);
    expect(boundTo).toEqual(needs);
  });

  test("NFs are on vhost-user ports and have no card", () => {
    const gen = spec(lab, "nf", "nf:gen").spec;
    expect(gen.devices).toBeUndefined();
    expect(gen.networkMode).toBe("none");
    expect(gen.command?.at(-1)).toMatch(/^driver=virtio-user,path=.*gen\/p0.sock/);
  });

  test("of two hops each has two cards, in the order of the file", () => {
    const four =
      "datapath: nic\nnics: { a: { device: af-packet }, b: { device: af-packet }, c: { device: af-packet }, d: { device: af-packet } }";
    const chain = labOf(chainText(3, { top: four }), hostWith(16));
    expect(chain.hops.map((hop) => [hop.nics?.out?.name, hop.nics?.in?.name])).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
  });

  test("without cards DPDK keeps off the PCI bus altogether", () => {
    const plain = labOf(textOf(""), server());
    expect(spec(plain, "switch", "switch:switch").spec.fixedConfig["dpdk-extra"]).toBe("--no-pci --no-telemetry");
  });
});

describe("cards of NFs", () => {
  const lab = labOf(textOf(nics(", attach: nf")), server());

  test("need no switch; the NF's container has the card's VFIO devices, and no network", () => {
    expect(lab.switch).toBeUndefined();
    expect(spec(lab, "nf", "nf:gen").spec).toMatchObject({
      devices: ["/dev/vfio/vfio", "/dev/vfio/30"],
      networkMode: "none",
      capabilities: ["SYS_NICE"],
    });
    expect(spec(lab, "nf", "nf:sink").boundTo).toEqual(["directory:sink", "nic:right"]);
  });

  test("are told to it by their addresses", () => {
    const [gen, sink] = lab.nfs.map((nf) => nfCommand(lab, nf)?.at(-1));
    expect(gen).toMatch(/^driver=device,device=0000:03:00.0,mac=/);
    expect(sink).toMatch(/^driver=device,device=0000:03:00.1,mac=/);
  });

  test("testpmd is allowed its card and no other; an image of the user's own gets the address", () => {
    const own = labOf(
      textOf(nics(", attach: nf")).replace("app: pktgen", "app: testpmd").replace("app: stats", "image: own/nf"),
      server(),
      { allowPrivileged: true },
    );
    const [gen, sink] = own.nfs;
    if (gen === undefined || sink === undefined) throw new Error("a chain has two NFs");
    const command = nfCommand(own, gen);
    expect(command).toContain(`--allow=${LEFT}`);
    expect(command).not.toContain("--no-pci");
    expect(spec(own, "nf", "nf:sink").spec.env.COREBED_PORT0_DEVICE).toBe(RIGHT);
  });

  test("one end may be the switch's", () => {
    const mixed = labOf(textOf(nics(", attach: nf", "")), server());
    expect(mixed.switch?.ports.map(({ name }) => name)).toEqual(["nic.right", "sink-p0"]);
  });
});

describe("stand-ins", () => {
  test("of the switch are the ends of a veth pair in its network namespace, which goes with it", () => {
    const lab = labOf(textOf(STAND_INS), hostWith(16));
    const cable = spec(lab, "cable", "cable:main-0");
    const [left, right] = cable.spec.ends;
    expect(cable.inside).toBe("switch:switch");
    expect(spec(lab, "bridge", "bridge:br0").needs).toContain("cable:main-0");
    const { ports } = spec(lab, "bridge", "bridge:br0").spec;
    expect(Object.fromEntries(ports.map(({ name, options }) => [name, options["dpdk-devargs"]]))).toEqual({
      "gen-p0": undefined,
      "nic.left": `net_af_packet_left,iface=${left},blocksz=65536,framecnt=4096,qdisc_bypass=1`,
      "nic.right": `net_af_packet_right,iface=${right},blocksz=65536,framecnt=4096,qdisc_bypass=1`,
      "sink-p0": undefined,
    });
    const { fixedConfig, capabilities, devices } = spec(lab, "switch", "switch:switch").spec;
    expect(fixedConfig["dpdk-extra"]).toMatch(/^--no-pci -d /);
    expect([capabilities, devices]).toEqual([["NET_RAW", "IPC_LOCK"], undefined]);
  });

  test("take jumbo frames in NFs, and none on the switch", () => {
    const jumbo = "\ntraffic: { frame: 9000 }";
    expect(diagnosticsText(textOf(STAND_INS + jumbo), hostWith(16))).toContain("no frames of more than 1518 bytes");
    const lab = labOf(textOf(STAND_INS_OF_NFS + jumbo), hostWith(16));
    expect(nfCommand(lab, lab.nfs[0] as never)?.at(-1)).toContain("framesz=9216");
  });

  test("of NFs are the ends of a veth pair of the host's", () => {
    const lab = labOf(textOf(STAND_INS_OF_NFS), hostWith(16));
    expect(labResources(lab).map(({ kind }) => kind)).toContain("veth");
    expect(spec(lab, "nf", "nf:gen").spec.networkMode).toBe("host");
    expect(nfCommand(lab, lab.nfs[0] as never)?.at(-1)).toMatch(
      /^driver=device,device=net_af_packet_left,iface=cb\w+a,/,
    );
  });
});

/** Golden texts: `vitest -u` writes them anew; read the difference before you commit it. */
async function matchesGolden(name: string, facts: HostFacts, more = ""): Promise<void> {
  await expect(diagnosticsText(textOf(nics(more)), facts)).toMatchFileSnapshot(`golden/nic-${name}.txt`);
}

describe("a host that cannot give the cards", () => {
  const kernel = { driver: "i40e", interfaces: ["ens1f0"] };

  test("because one is not there", () => matchesGolden("absent", { ...server(), nics: [card(LEFT)] }));

  test("because one carries the default route, even where the file says bind", () =>
    matchesGolden(
      "in-use",
      server({ left: { ...kernel, uses: [{ kind: "default-route", text: "carries the default route" }] } }),
      ", bind: true",
    ));

  test("because one is with the kernel", () => matchesGolden("not-bound", server({ left: kernel })));

  test("because vfio-pci is not loaded", () =>
    matchesGolden(
      "no-vfio",
      { ...server({ left: kernel }), vfio: { driver: false, iommu: true, noIommu: false } },
      ", bind: true",
    ));

  test("because there is no IOMMU", () => matchesGolden("no-iommu", server({ right: { iommuGroup: undefined } })));

  test("because the IOMMU group has others", () =>
    matchesGolden("group", server({ left: { groupNeighbours: [{ pci: "0000:03:00.2", driver: "igb" }] } })));

  test("takes what is with the kernel where the file says bind", () => {
    const lab = labOf(textOf(nics(", bind: true")), server({ left: kernel, right: kernel }));
    expect(spec(lab, "nic", "nic:left").spec).toEqual({ pci: LEFT, bind: true });
  });

  test("is warned where another NUMA node polls the card", () =>
    matchesGolden("remote", server({ left: { numaNode: 1 }, right: { numaNode: 1 } }, twoSockets)));

  test("facts that an older corebed saved forbid nothing", () => {
    expect(diagnosticsText(textOf(nics()), hostWith(16)).trim()).toBe("");
  });
});
