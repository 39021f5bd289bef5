import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chainPorts } from "../../../src/lab/chain-ports.ts";
import type { Lab } from "../../../src/lab/lab.ts";
import { memifCircle } from "../../../src/lab/memif.ts";
import { nfCommand } from "../../../src/lab/nf-command.ts";
import { labResources } from "../../../src/lab/resources.ts";
import type { Datapath } from "../../../src/topology/topology.ts";
import { hostWith } from "./hosts.ts";
import { diagnosticsText, example, labOf, parse, resolve } from "./make-lab.ts";

const FORWARDERS = ["fa", "fb", "fc", "fd"];
const SINKS = ["sa", "sb"];

/** Chains through these forwarders, each with a generator of its own; `zeroCopy` forwarders lend their buffers. */
function textOf(chains: readonly { readonly through: readonly string[]; readonly sink: string }[], zeroCopy = false) {
  const used = (names: readonly string[]) =>
    names.filter((name) => chains.some(({ through, sink }) => through.includes(name) || sink === name));
  const forwarders = used(FORWARDERS);
  const sinks = used(SINKS);
  const generators = chains.map((_, index) => `g${index}`);
  const all = [...generators, ...forwarders, ...sinks];
  return [
    "name: shared",
    `cores: { 0: switch, 1: [${all.join(", ")}] }`,
    "nfs:",
    ...generators.map((name) => `  ${name}: { app: pktgen }`),
    ...forwarders.map((name) => `  ${name}: { app: l2fwd${zeroCopy ? ", memif: { zeroCopy: true }" : ""} }`),
    ...sinks.map((name) => `  ${name}: { app: stats }`),
    "chains:",
    ...chains.map(({ through, sink }, index) => `  c${index}: [${[`g${index}`, ...through, sink].join(", ")}]`),
    "",
  ].join("\n");
}

const anyChains = fc.array(fc.record({ through: fc.shuffledSubarray(FORWARDERS), sink: fc.constantFrom(...SINKS) }), {
  minLength: 1,
  maxLength: 6,
});

const PATIENT = { ...hostWith(4), hugePages: { ...hostWith(4).hugePages, total: 100_000, free: 100_000 } };

describe.each(["vhost-user", "memif", "docker-bridge", "host", "af-xdp", "nic"] as const)(
  "chains over %s",
  (datapath) => {
    test("that share NFs have every port once, every hop wired once, and every NF its ports in pairs", () => {
      fc.assert(
        fc.property(anyChains, (chains) => {
          const lab = labOf(textOf(chains), PATIENT, { datapath });
          const ends = lab.hops.flatMap(({ from, to }) => [from, to]).map(({ nf, port }) => `${nf}/${port}`);
          const ports = lab.nfs.flatMap(({ name, ports: own }) => own.map(({ index }) => `${name}/${index}`));
          expect(new Set(ends).size).toBe(ends.length);
          expect(ends.toSorted()).toEqual(ports.toSorted());
          for (const nf of lab.nfs) {
            expect(nf.ports.map(({ index }) => index)).toEqual(nf.ports.map((_, place) => place));
            for (const port of nf.ports) {
              const hop = lab.hops[port.hop];
              expect(hop?.chain).toBe(port.chain);
              expect(port.direction === "out" ? hop?.from : hop?.to).toEqual({ nf: nf.name, port: port.index });
            }
            if (nf.app !== "l2fwd") continue;
            for (let pair = 0; pair < nf.ports.length; pair += 2) {
              const [into, out] = [nf.ports[pair], nf.ports[pair + 1]];
              expect([into?.direction, out?.direction, into?.chain]).toEqual(["in", "out", out?.chain]);
            }
          }
          const ways = lab.nfs.flatMap((nf) =>
            nf.ports.map((port) => `${nf.name} ${port.socket ?? port.interface ?? port.ipv4}`),
          );
          expect(new Set(ways).size).toBe(ways.length);
          const peers = lab.switch?.ports.map(({ name }) => name) ?? [];
          expect(new Set(peers).size).toBe(peers.length);
        }),
        { numRuns: 30 },
      );
    });

    test("and all that they need can be made in an order", () => {
      fc.assert(
        fc.property(anyChains, (chains) => {
          const made = new Set<string>();
          for (const { id, needs } of labResources(labOf(textOf(chains), PATIENT, { datapath }))) {
            expect(needs.filter((needed) => !made.has(needed))).toEqual([]);
            made.add(id);
          }
        }),
        { numRuns: 20 },
      );
    });
  },
);

describe("ports", () => {
  test("come in the order of the chains, and a chain behind the others changes none that is there", () => {
    fc.assert(
      fc.property(anyChains, (chains) => {
        const paths = chains.map(({ through, sink }, index) => ({ path: [`g${index}`, ...through, sink] }));
        expect(chainPorts(paths.slice(0, -1))).toEqual(chainPorts(paths).slice(0, -1));
      }),
    );
  });

  test("of an NF that two chains pass are 0 and 1 of the first, 2 and 3 of the second, one for each chain that ends there", () => {
    const lab = labOf(example("shared-nf.yaml"), hostWith(8));
    const of = (name: string) =>
      lab.nfs
        .find((nf) => nf.name === name)
        ?.ports.map(({ index, chain, direction }) => `${index} ${direction} ${chain}`);
    expect(of("fw")).toEqual(["0 in web", "1 out web", "2 in voice", "3 out voice"]);
    expect(of("sink")).toEqual(["0 in web", "1 in voice"]);
    expect(lab.nfs.find(({ name }) => name === "fw")?.chains).toEqual(["web", "voice"]);
  });
});

describe("over memif", () => {
  const roles = (lab: Lab) => lab.nfs.map(({ name, ports }) => [name, ...ports.map(({ role }) => role)].join(" "));
  const crossing = [
    { through: ["fa", "fb"], sink: "sa" },
    { through: ["fb", "fa"], sink: "sa" },
  ];

  test("no NF waits for itself, in whatever order chains pass NFs", () => {
    fc.assert(
      fc.property(anyChains, (chains) => {
        expect(memifCircle(labOf(textOf(chains), PATIENT, { datapath: "memif" }).hops)).toEqual([]);
      }),
    );
    expect(roles(labOf(textOf(crossing), PATIENT, { datapath: "memif" }))).toEqual([
      "g0 server",
      "g1 server",
      "fa client client client server",
      "fb server server client server",
      "sa client client",
    ]);
  });

  test("NFs that would wait for each other, since both lend their buffers, are told so", () => {
    const text = textOf(crossing, true).replace("name: shared", "name: shared\ndatapath: memif");
    expect(diagnosticsText(text, PATIENT)).toMatchInlineSnapshot(`
      "error: over memif NF fa and NF fb would each wait for the other to listen: chains pass them in both
        orders, and whoever receives without a copy cannot listen
        --> lab.yaml:7:40
         |
       7 |   fa: { app: l2fwd, memif: { zeroCopy: true } }
         |                                        ^^^^
         = help: remove zeroCopy from fa

      1 error
      "
    `);
  });
});

describe("testpmd", () => {
  const around = (hops: string, datapath: Datapath = "vhost-user") =>
    textOf([
      { through: ["fa"], sink: "sa" },
      { through: ["fa"], sink: "sa" },
    ])
      .replace("app: l2fwd", "app: testpmd")
      .replace("c1: [g1, fa, sa]", `c1: { path: [g1, fa, sa], hops: ${hops} }`)
      .replace("name: shared", `name: shared\ndatapath: ${datapath}`);
  const wordsOf = (text: string) => {
    const lab = labOf(text, PATIENT);
    const nf = lab.nfs.find(({ name }) => name === "fa");
    return (nf && nfCommand(lab, nf)) ?? [];
  };

  test("pairs the ports of each chain, where memifs come first as well", () => {
    expect(wordsOf(around("[vhost-user, vhost-user]")).filter((word) => word.startsWith("--portlist"))).toEqual([]);
    expect(wordsOf(around("[memif, vhost-user]"))).toContain("--portlist=1,2,0,3");
  });

  test("has buffers for all of them", () => {
    expect(wordsOf(around("[vhost-user, vhost-user]"))).toContain("--total-num-mbufs=14336");
  });

  test("cannot be on more than two Docker networks", () => {
    const result = resolve(around("[docker-bridge, docker-bridge]", "docker-bridge"), PATIENT);
    expect(result.ok ? [] : result.diagnostics.map(({ code }) => code)).toEqual(["testpmd-on-many-networks"]);
  });
});

describe("memory", () => {
  test("suffices for the rings of all ports, and stays what it was for two", () => {
    const memory = (chains: number) => {
      const text = textOf(Array.from({ length: chains }, () => ({ through: ["fa"], sink: "sa" })));
      return labOf(text, PATIENT).nfs.find(({ name }) => name === "fa")?.memoryMib;
    };
    expect([1, 2, 8, 16].map(memory)).toEqual([64, 64, 130, 244]);
  });
});

test("a chain too many for an NF is refused", () => {
  const text = textOf(Array.from({ length: 17 }, () => ({ through: ["fa"], sink: "sa" })));
  expect(() => parse(text)).toThrow("NF fa is in 17 chains, which takes 34 ports, and an NF has at most 32");
});
