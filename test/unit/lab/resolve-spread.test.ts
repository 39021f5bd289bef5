import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HostFacts, HostsFacts } from "../../../src/lab/host-facts.ts";
import type { Lab, LabPart } from "../../../src/lab/lab.ts";
import { tunnelOf } from "../../../src/lab/nic.ts";
import { resolveSpread } from "../../../src/lab/resolve-spread.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { planBudget } from "../../../src/plan/budget.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import { formatHostPlans } from "../../../src/report/plan-text.ts";
import { formatDiagnostics } from "../../../src/topology/code-frame.ts";
import { hostWith } from "./hosts.ts";
import { parse } from "./make-lab.ts";

const HOSTS = `hosts:
  a: { address: ssh://root@rig1, tunnel: { interface: eth1, address: 192.0.2.1/24 } }
  b: { address: ssh://root@rig2, tunnel: { interface: eth1, address: 192.0.2.2/24 } }
`;
const THERE_AND_BACK = `name: spread
${HOSTS}cores:
  a: { 0: switch, 1: gen, 2: sink }
  b: { 0: switch, 1: fwd }
nfs: { gen: { app: pktgen }, fwd: { app: l2fwd }, sink: { app: stats } }
chains: { main: { path: [gen, fwd, sink], hops: [default, geneve] } }
`;

function factsOf(names: readonly string[], facts: (name: string) => HostFacts): HostsFacts {
  return new Map(names.map((name) => [name, facts(name)]));
}

function named(hostname: string, other: Partial<HostFacts> = {}): HostFacts {
  return hostWith(8, { hostname, ...other });
}

function labOn(text: string, facts = factsOf(["a", "b", "c"], named)): Lab & { readonly parts: readonly LabPart[] } {
  const { topology, source } = parse(text);
  const result = resolveSpread(topology, source, facts, { fold: false });
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join("\n"));
  const { parts } = result.lab;
  if (parts === undefined) throw new Error("no parts");
  return { ...result.lab, parts };
}

/** What the hosts lack, as a person sees it. */
function told(text: string, facts: HostsFacts): string {
  const { topology, source } = parse(text);
  const result = resolveSpread(topology, source, facts, { fold: false });
  return formatDiagnostics(result.ok ? result.warnings : result.diagnostics, source, { color: false, width: 100 });
}

test("the plan of two hosts tells what happens on each", async () => {
  const lab = labOn(THERE_AND_BACK);
  const plans = lab.parts.map(({ host, address, lab: part }) => {
    const plan = makePlan(part.name, labResources(part), []);
    return { host, address, plan, budget: planBudget(part, plan, [], hostWith(8), []) };
  });
  const text = formatHostPlans(lab.name, plans, { width: 80, color: false, unicode: false });
  await expect(`${text}\n`).toMatchFileSnapshot("golden/plan-of-two-hosts.txt");
});

test("what each host lacks is told of that host, all at once", async () => {
  const facts = new Map([
    ["a", named("rig1", { interfaces: [{ name: "eth1", mac: undefined, mtuBytes: 1500, up: false, uses: [] }] })],
    ["b", hostWith(1, { hostname: "rig2", interfaces: [] })],
  ]);
  await expect(`${told(THERE_AND_BACK, facts)}\n`).toMatchFileSnapshot("golden/lacking-hosts.txt");
});

describe("the interface that tunnels go over", () => {
  const eth1 = { name: "eth1", mac: undefined, up: true, uses: [] };
  const withMtu = (mtuBytes: number): HostsFacts =>
    factsOf(["a", "b"], (name) => named(name, { interfaces: [{ ...eth1, mtuBytes }] }));

  test("takes frames that have room for the tunnel's headers", () => {
    expect(told(`${THERE_AND_BACK}traffic: { frame: 1468 }`, withMtu(1500))).toBe("");
    expect(told(`${THERE_AND_BACK}traffic: { frame: 1469 }`, withMtu(1500))).toContain("ip link set eth1 mtu 1501");
  });

  test("is none that a person works over", () => {
    const uses = [{ kind: "default-route", text: "carries the default route" }] as const;
    const facts = factsOf(["a", "b"], (name) => named(name, { interfaces: [{ ...eth1, mtuBytes: 1500, uses }] }));
    expect(told(THERE_AND_BACK, facts)).toContain("eth1 of a carries the default route");
  });
});

test("another way to the same hosts makes nothing anew", () => {
  const ids = (text: string) => labOn(text).parts.map(({ lab }) => labResources(lab).map(({ spec }) => spec));
  expect(ids(THERE_AND_BACK.replace("ssh://root@rig1", "ssh://other@10.0.0.1"))).toEqual(ids(THERE_AND_BACK));
});

/** Chains over up to three hosts: where each NF of each chain runs. */
const SPREADS = fc
  .record({
    chains: fc.array(fc.array(fc.constantFrom("a", "b", "c"), { minLength: 2, maxLength: 5 }), {
      minLength: 1,
      maxLength: 3,
    }),
    kind: fc.constantFrom("vxlan", "geneve"),
  })
  .filter(({ chains }) => new Set(chains.flat()).size > 1)
  .map(({ chains, kind }) => {
    const nfs = chains.flatMap((hosts, chain) =>
      hosts.map((host, index) => ({
        host,
        name: `nf${chain}-${index}`,
        app: index === 0 ? "pktgen" : index === hosts.length - 1 ? "stats" : "l2fwd",
      })),
    );
    const used = ["a", "b", "c"].filter((host) => nfs.some((nf) => nf.host === host));
    const lines = [
      "name: spread",
      "hosts:",
      ...used.map(
        (host, i) => `  ${host}: { address: ssh://${host}, tunnel: { interface: eth1, address: 192.0.2.${i + 1}/24 } }`,
      ),
      `between: ${kind}`,
      "cores:",
      ...used.flatMap((host) => [
        `  ${host}:`,
        "    0: switch",
        ...nfs.filter((nf) => nf.host === host).map(({ name }, i) => `    ${i + 1}: ${name}`),
      ]),
      "nfs:",
      ...nfs.map(({ name, app }) => `  ${name}: { app: ${app} }`),
      "chains:",
      ...chains.map((hosts, chain) => `  c${chain}: [${hosts.map((_, i) => `nf${chain}-${i}`).join(", ")}]`),
    ];
    return { text: `${lines.join("\n")}\n`, nfs, chains };
  });

test("every NF is on its host alone, and each hop between hosts has one tunnel at either end with one key", () => {
  fc.assert(
    fc.property(SPREADS, ({ text, nfs, chains }) => {
      const lab = labOn(
        text,
        factsOf(["a", "b", "c"], () => hostWith(32)),
      );
      for (const { name, host } of nfs) {
        const at = lab.parts.filter((part) => part.lab.nfs.some((nf) => nf.name === name));
        expect(at.map((part) => part.host)).toEqual([host]);
      }
      const ports = lab.parts.flatMap((part) =>
        (part.lab.switch?.ports ?? []).map((port) => ({ host: part.host, ...port })),
      );
      expect(new Set(ports.map(({ ofport }) => ofport)).size, "numbers of ports").toBe(ports.length);
      for (const { host, ofport, outputTo } of ports) {
        const other = ports.find((port) => port.host === host && port.ofport === outputTo);
        expect(other?.outputTo).toBe(ofport);
      }
      const keys = new Set<number>();
      let crossing = 0;
      for (const hop of lab.hops) {
        const between = tunnelOf(hop);
        const ends = [hop.from, hop.to].map(({ nf }) => nfs.find(({ name }) => name === nf)?.host);
        expect(between !== undefined).toBe(ends[0] !== ends[1]);
        if (between === undefined) continue;
        crossing += 1;
        keys.add(between.key);
        expect([between.out.host, between.in.host]).toEqual(ends);
        const tunnels = ports.filter(({ tunnel }) => tunnel?.key === between.key);
        expect(tunnels.map(({ host }) => host).toSorted()).toEqual([...ends].toSorted());
        const remotes = new Map(tunnels.map(({ host, tunnel }) => [host, tunnel?.remote]));
        expect(remotes.get(between.out.host)).toBe(between.in.address);
        expect(remotes.get(between.in.host)).toBe(between.out.address);
      }
      expect(keys.size).toBe(crossing);
      expect(lab.hops).toHaveLength(chains.reduce((sum, hosts) => sum + hosts.length - 1, 0));
      for (const { lab: part } of lab.parts) {
        const ids = labResources(part).map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        const known = new Set(ids);
        for (const { id, needs } of labResources(part)) {
          expect(
            needs.filter((need) => !known.has(need)),
            `what ${id} needs is on its host`,
          ).toEqual([]);
        }
        expect(part.switch?.uplink !== undefined).toBe(part.hops.some(({ between }) => between !== undefined));
      }
      for (const nf of lab.nfs) {
        for (const port of nf.ports) {
          const hop = lab.hops[port.hop];
          const end = port.direction === "out" ? hop?.from : hop?.to;
          expect(end).toEqual({ nf: nf.name, port: port.index });
        }
      }
      const addresses = lab.nfs.flatMap((nf) => nf.ports.map(({ mac }) => mac));
      expect(new Set(addresses).size).toBe(addresses.length);
    }),
    { numRuns: 60 },
  );
});
