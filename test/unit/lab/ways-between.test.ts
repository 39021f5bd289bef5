import { describe, expect, test } from "vitest";
import type { HostFacts, InterfaceFacts, SwarmFacts } from "../../../src/lab/host-facts.ts";
import type { Lab, LabPart } from "../../../src/lab/lab.ts";
import { resolveSpread } from "../../../src/lab/resolve-spread.ts";
import type { Resource } from "../../../src/lab/resource.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { formatDiagnostics } from "../../../src/topology/code-frame.ts";
import { hostWith } from "./hosts.ts";
import { parse } from "./make-lab.ts";

const MANAGER: SwarmFacts = { state: "active", manager: true, ours: false, address: "10.0.0.1", managers: ["m"] };
const WORKER: SwarmFacts = { ...MANAGER, manager: false, address: "10.0.0.2" };
const OUTSIDE: SwarmFacts = { state: "inactive", manager: false, ours: false };
const eth1 = (address: string, mtuBytes: number): readonly InterfaceFacts[] => [
  { name: "eth1", mac: undefined, mtuBytes, up: true, addresses: [address], uses: [] },
];

const hostOn = (hostname: string, swarm: SwarmFacts, mtuBytes = 1500): HostFacts => {
  const facts = hostWith(8, { hostname, interfaces: eth1(swarm.address ?? "10.0.0.9", mtuBytes) });
  return { ...facts, docker: { ...facts.docker, swarm } };
};

function resolved(text: string, a: HostFacts, b: HostFacts) {
  const { topology, source } = parse(text);
  const result = resolveSpread(
    topology,
    source,
    new Map([
      ["a", a],
      ["b", b],
    ]),
    { fold: false },
  );
  return { result, source };
}

function partsOf(text: string, a: HostFacts, b: HostFacts): readonly LabPart[] {
  const { result } = resolved(text, a, b);
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join("\n"));
  return (result.lab as Lab & { readonly parts: readonly LabPart[] }).parts;
}

function told(text: string, a: HostFacts, b: HostFacts): string {
  const { result, source } = resolved(text, a, b);
  return formatDiagnostics(result.ok ? result.warnings : result.diagnostics, source, { color: false, width: 100 });
}

const FILE = `name: ways
hosts: { a: { address: ssh://root@rig1 }, b: { address: ssh://root@rig2 } }
nfs: { gen: { app: pktgen }, sink: { app: stats } }
chains: { main: [gen, sink] }
`;

describe("a hop between hosts over cards", () => {
  const nics = (attach: string): string => `${FILE}between: nic
nics:
  right: { host: b, device: 0000:03:00.0, attach: ${attach} }
  left: { host: a, device: 0000:03:00.0, attach: ${attach} }
`;
  const free = (hostname: string) => hostOn(hostname, OUTSIDE);

  test("needs no switch where the NFs drive their cards themselves, whatever the order of the cards in the file", () => {
    const parts = partsOf(`${nics("nf")}cores: { a: { 1: gen }, b: { 1: sink } }\n`, free("rig1"), free("rig2"));
    expect(parts.map(({ lab }) => lab.switch)).toEqual([undefined, undefined]);
    const cards = parts.map(({ lab }) => labResources(lab).flatMap(({ kind, id }) => (kind === "nic" ? [id] : [])));
    expect(cards).toEqual([["nic:left"], ["nic:right"]]);
    expect(parts.map(({ lab }) => lab.nfs[0]?.ports[0]?.device)).toEqual(["0000:03:00.0", "0000:03:00.0"]);
  });

  test("has each card on the switch of its own host", () => {
    const cores = "cores: { a: { 0: switch, 1: gen }, b: { 0: switch, 1: sink } }\n";
    const parts = partsOf(`${nics("switch")}${cores}`, free("rig1"), free("rig2"));
    expect(parts.map(({ lab }) => lab.switch?.ports.map(({ name }) => name))).toEqual([
      ["gen-p0", "nic.left"],
      ["nic.right", "sink-p0"],
    ]);
    expect(parts.some(({ lab }) => lab.switch?.uplink !== undefined)).toBe(false);
  });
});

describe("a hop between hosts over an overlay network", () => {
  const text = `${FILE}cores: { a: { 1: gen }, b: { 1: sink } }\nbetween: overlay\n`;
  const networks = (resources: readonly Resource[]) => resources.filter(({ kind }) => kind === "network");
  const nf = (resources: readonly Resource[]) => resources.find((resource) => resource.kind === "nf");

  test.each([
    ["a", MANAGER, WORKER],
    ["b", WORKER, MANAGER],
    ["a", MANAGER, MANAGER],
  ] as const)("has it made by host %s, a manager, and the other host wait for it", (maker, a, b) => {
    const parts = partsOf(text, hostOn("rig1", a), hostOn("rig2", b));
    for (const { host, lab } of parts) {
      const resources = labResources(lab);
      expect(networks(resources).map(({ id }) => id)).toEqual(host === maker ? ["network:main-0"] : []);
      expect(nf(resources)?.needs.includes("network:main-0")).toBe(host === maker);
      expect(nf(resources)?.elsewhere).toEqual(host === maker ? undefined : ["network:main-0"]);
    }
    const ends = parts.flatMap(({ lab }) => lab.nfs.flatMap(({ ports }) => ports.map(({ ipv4, mac }) => [ipv4, mac])));
    expect(new Set(ends.flat()).size).toBe(4);
    expect(new Set(parts.flatMap(({ lab }) => lab.hops.map(({ networks: on }) => on?.out.subnet))).size).toBe(1);
  });

  test("made anew for larger packets, has the NF of the other host made anew as well", () => {
    const specs = (frame: number) =>
      partsOf(`${text}traffic: { frame: ${frame} }\n`, hostOn("rig1", MANAGER, 9000), hostOn("rig2", WORKER, 9000)).map(
        ({ lab }) => [networks(labResources(lab))[0]?.spec, nf(labResources(lab))?.spec],
      );
    const [[small], [, sink]] = [specs(1468)[0] ?? [], specs(1468)[1] ?? []];
    expect(specs(64)).toEqual(specs(1468));
    expect(specs(1518)[0]?.[0]).not.toEqual(small);
    expect(specs(1518)[0]?.[0]).toMatchObject({ options: { "com.docker.network.driver.mtu": "1550" } });
    expect(specs(1518)[1]?.[1]).not.toEqual(sink);
  });

  test("has room for the headers of the swarm's tunnels", () => {
    const hosts = [hostOn("rig1", MANAGER, 9000), hostOn("rig2", WORKER, 1500)] as const;
    expect(told(`${text}traffic: { frame: 1468 }\n`, ...hosts)).toBe("");
    expect(told(`${text}traffic: { frame: 1518 }\n`, ...hosts)).toContain("eth1 of rig2 takes packets of 1500 bytes");
  });

  test("is refused, with what to do, where the engines are in no swarm together", async () => {
    const other = { ...MANAGER, managers: ["other"], address: "10.0.0.2" };
    const cases = [
      [OUTSIDE, OUTSIDE],
      [MANAGER, OUTSIDE],
      [OUTSIDE, MANAGER],
      [MANAGER, other],
      [WORKER, WORKER],
    ] as const;
    const texts = cases.map(([a, b]) => told(text, hostOn("rig1", a), hostOn("rig2", b)));
    await expect(`${texts.join("\n\n")}\n`).toMatchFileSnapshot("golden/overlay-without-swarm.txt");
  });
});
