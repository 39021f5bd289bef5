import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { formatDiagnostics } from "../../../src/topology/code-frame.ts";
import type { Diagnostic, KeyPath, Span } from "../../../src/topology/diagnostic.ts";
import { genomeText } from "../../../src/topology/frames.ts";
import { parseTopology } from "../../../src/topology/parse-topology.ts";
import {
  APPS,
  CARRIERS,
  FLOW_CHOICES,
  FLOW_FIELDS,
  type ForwardSpec,
  IPVLAN_MODES,
  MACVLAN_MODES,
  type MeasureSpec,
  SWARM_WORDS,
  type Topology,
  TX_STEERINGS,
  VIRTIO_RINGS,
  type VirtioSpec,
} from "../../../src/topology/topology.ts";

/** Datapaths that are read without a word: ovs-veth brings a warning. */
const QUIET = CARRIERS.filter((datapath) => datapath !== "ovs-veth");

/** What holds for every input: a verdict, with places that exist and text that fits. */
function check(bytes: Uint8Array): void {
  const result = parseTopology(bytes, "lab.yaml");
  const diagnostics = result.ok ? result.warnings : result.diagnostics;
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.length > 0).toBe(!result.ok);
  if (result.source === undefined) throw new Error("no source");
  const lines = result.source.text.split(/\r?\n/);
  for (const span of diagnostics.flatMap(spansOf)) inside(span, lines);
  for (const path of PATHS) {
    inside(result.source.locate(path), lines);
    inside(result.source.locate(path, "key"), lines);
  }
  for (const { message, help, code } of diagnostics) {
    expect(code).toMatch(/^[a-z]+[a-z0-9-]*$/);
    expect(message.length + help.length).toBeLessThan(1500);
    expect(message + help).not.toMatch(/\n|undefined|\[object|NaN/);
  }
  // Combining marks take no column.
  const text = formatDiagnostics(diagnostics, result.source, { color: false, width: 80 });
  expect(text.split("\n").filter((line) => line.replaceAll(/\p{Mn}|\p{Me}/gu, "").length > 80)).toEqual([]);
}

const PATHS: readonly KeyPath[] = [
  [],
  ["name"],
  ["cores", 0, 0],
  ["nfs", "gen", "app"],
  ["chains", "main", 1],
  ["chains", "main", "path", 0],
  ["expect", 0],
];

function spansOf({ span, related }: Diagnostic): readonly Span[] {
  return [...(span === undefined ? [] : [span]), ...related.map((other) => other.span)];
}

function inside(span: Span, lines: readonly string[]): void {
  const line = lines[span.line - 1];
  if (line === undefined) throw new Error(`line ${span.line} of ${lines.length}`);
  expect(span.column).toBeGreaterThanOrEqual(1);
  expect(span.length).toBeGreaterThanOrEqual(0);
  expect(span.column - 1 + span.length).toBeLessThanOrEqual(line.length);
}

const utf8 = new TextEncoder();

/** A valid file that has everything in it. */
const FULL = `# comment
name: lab1
cores:
  0: switch
  1: [gen, "fwd"]
  2: sink
nfs:
  gen: { app: pktgen, queueSize: 512, queues: 2, virtio: { ring: packed, vectorised: true }, memory: 64MiB }
  fwd:
    image: own/nf:1
    command: [/bin/nf, 'a b']
    env: { A: b }
  sink: { app: stats }
chains:
  main:
    path: [gen, fwd, sink]
    hops: [vhost-user, default]
datapath: docker-bridge
switch: { mode: container, txRetries: 8, pmdMaxSleep: 0us, simpleMatch: false, smc: true, affinity: { gen: 0, fwd: [0] } }
traffic: { frame: 64, rate: 1.5Mpps, duration: 2s }
compare: { datapaths: [docker-bridge, vhost-user], repeats: 5 }
expect:
  - throughput(vhost-user) >= 5 * throughput(docker-bridge)
  - "loss < 0.1%"
`;

describe("any input gets a verdict", () => {
  it("bytes", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check));
  });

  it("text, with what YAML cares about in it", () => {
    const piece = fc.constantFrom(
      ..."&*!|>%@`\"'#:-?,[]{} \t\n\r~<=",
      "\r\n",
      "\u0000",
      "---\n",
      "...\n",
      "a",
      "0",
      "é",
      "主",
      "😀",
      "\ufeff",
      "  ",
      "<<: ",
      "name: ",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => check(utf8.encode(pieces.join("")))),
      { numRuns: 500 },
    );
  });

  it("YAML of any shape under the right keys", () => {
    const keys = [
      "name",
      "cores",
      "nfs",
      "chains",
      "datapath",
      "switch",
      "traffic",
      "compare",
      "expect",
      "gen",
      "path",
      "hops",
      "app",
      "0",
      "constructor",
      "toString",
    ];
    const values = [
      "gen",
      "switch",
      "pktgen",
      "vhost-user",
      "64MiB",
      "1Mpps",
      "throughput > 1Mpps",
      "",
      "a, b",
      0,
      -1,
      1.5,
      1e300,
      true,
      null,
    ];
    const { node } = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.constantFrom(...values),
        fc.array(tie("node"), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom(...keys), tie("node"), { maxKeys: 6 }),
      ),
    }));
    const root = fc.dictionary(fc.constantFrom(...keys), node, { maxKeys: 10 });
    fc.assert(
      fc.property(root, (value) => check(utf8.encode(stringify(value)))),
      { numRuns: 500 },
    );
  });

  it("any JSON", () => {
    fc.assert(fc.property(fc.json(), (json) => check(utf8.encode(json))));
  });

  it("a valid file with damage", () => {
    const whole = utf8.encode(FULL);
    expect(parseTopology(whole, "lab.yaml")).toMatchObject({ ok: true });
    const damage = fc.record({
      at: fc.nat(whole.length - 1),
      remove: fc.nat(12),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 3 }),
        fc.constantFrom(..."[]{}:,'\"\n-&*!#", "\n\n", ": ", " - ").map((text) => utf8.encode(text)),
      ),
    });
    const property = fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (damages) => {
      let bytes: number[] = [...whole];
      for (const { at, remove, insert } of damages)
        bytes = bytes.slice(0, at).concat(...insert, bytes.slice(at + remove));
      check(new Uint8Array(bytes));
    });
    fc.assert(property, { numRuns: 500 });
  });

  it("a valid file with lines moved, doubled or lost", () => {
    const lines = FULL.split("\n");
    const order = fc.array(fc.nat(lines.length - 1), { maxLength: 30 });
    fc.assert(
      fc.property(order, (picked) => check(utf8.encode(picked.map((i) => lines[i]).join("\n")))),
      { numRuns: 300 },
    );
  });
});

const PLAIN_FORWARD: ForwardSpec = { mode: "rewrite", drop: [], workCycles: 0, workBytes: 0 };
const PLAIN_VIRTIO: VirtioSpec = { ring: "packed", inOrder: true, mergeable: false, vectorised: undefined };
const PLAIN_MEASURE: MeasureSpec = {
  method: "rate",
  trials: undefined,
  preset: "csit",
  goals: [],
  minRatePps: undefined,
  maxRatePps: undefined,
  maxTrials: undefined,
  maxTimeMs: undefined,
  intervalMs: undefined,
  stepRatio: undefined,
  repeats: undefined,
  longestBurstMs: undefined,
  shares: undefined,
};

/** Two cards, or stand-ins for them, for each hop that may go over some; on the switch, which is always there. */
function nicsFor(
  chains: Topology["chains"],
  asked: readonly Topology["datapath"][],
  kind: "cards" | "stand-ins",
): Topology["nics"] {
  const hops = chains.flatMap((chain) => chain.hops);
  const count = hops.filter((hop) => hop === "nic" || (hop === undefined && asked.includes("nic"))).length;
  return Array.from({ length: 2 * count }, (_, index) => ({
    name: `card${index}`,
    pci: kind === "cards" ? `0000:${(index + 1).toString(16).padStart(2, "0")}:00.0` : undefined,
    attach: "switch",
    bind: kind === "cards" && index % 2 === 0,
  }));
}

const PARENTS = fc.array(
  fc.stringMatching(/^[a-z][a-z0-9_.-]{0,14}$/).filter((name) => name !== "lo"),
  { maxLength: 3 },
);

/** Topologies that keep every rule. */
const topologies: fc.Arbitrary<Topology> = fc
  .record({
    lengths: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 3 }),
    name: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,23}$/).filter((name) => /^[a-z]/.test(name)),
    datapath: fc.constantFrom(...QUIET),
    hop: fc.infiniteStream(fc.option(fc.constantFrom(...QUIET), { nil: undefined })),
    nf: fc.infiniteStream(
      fc.record({
        queueSize: fc.integer({ min: 6, max: 15 }).map((power) => 2 ** power),
        queues: fc.integer({ min: 1, max: 8 }),
        lends: fc.boolean(),
        ring: fc.constantFrom(...VIRTIO_RINGS),
        mergeable: fc.boolean(),
        vectorised: fc.boolean(),
        memoryMib: fc.integer({ min: 8, max: 32_768 }).map((half) => half * 2),
        image: fc.boolean(),
        env: fc.dictionary(
          fc.constantFrom("A", "B_2", "_c"),
          fc.string({ unit: fc.constantFrom(..."a1 :#-\"'é"), maxLength: 6 }),
          { noNullPrototype: true },
        ),
        command: fc.option(
          fc.array(fc.string({ unit: fc.constantFrom(..."a1 -:{}[]*&!"), maxLength: 6 }), { maxLength: 3 }),
          { nil: undefined },
        ),
        shares: fc.boolean(),
      }),
    ),
    txRetries: fc.integer({ min: 0, max: 32 }),
    pmdMaxSleepUs: fc.integer({ min: 1, max: 10_000 }),
    emcInsertInvProb: fc.nat(4_294_967_295),
    caching: fc.record({
      txFlushIntervalUs: fc.integer({ min: 0, max: 1_000_000 }),
      txSteering: fc.constantFrom(...TX_STEERINGS),
      smc: fc.boolean(),
    }),
    traffic: fc.record({
      frames: fc
        .uniqueArray(
          fc.record({ bytes: fc.integer({ min: 100, max: 1518 }), weight: fc.integer({ min: 1, max: 99 }) }),
          {
            minLength: 1,
            maxLength: 4,
            selector: ({ bytes }) => bytes,
          },
        )
        .map((frames) => (frames.length === 1 ? frames.map(({ bytes }) => ({ bytes, weight: 1 })) : frames)),
      flows: fc.record({
        count: fc.integer({ min: 1, max: 1_000_000 }),
        choice: fc.constantFrom(...FLOW_CHOICES),
        skew: fc.constantFrom(0.5, 1, 1.25),
        vary: fc.constantFrom(...FLOW_FIELDS),
      }),
      ratePps: fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined }),
      direction: fc.constantFrom("one" as const, "both" as const),
      vlan: fc.option(fc.integer({ min: 1, max: 4094 }), { nil: undefined }),
      network: fc.constantFrom("ipv4" as const, "ipv6" as const),
      transport: fc.constantFrom("udp" as const, "tcp" as const),
      pcap: fc.constant(undefined),
      durationMs: fc.integer({ min: 100, max: 3_600_000 }),
      warmupMs: fc.nat(3_600_000),
      burst: fc.integer({ min: 1, max: 64 }),
    }),
    compare: fc.option(
      fc.record({
        datapaths: fc.shuffledSubarray([...QUIET], { minLength: 2 }),
        repeats: fc.integer({ min: 1, max: 1000 }),
        order: fc.constantFrom("abba" as const, "random" as const),
      }),
      { nil: undefined },
    ),
    limit: fc.integer({ min: 1, max: 1e9 }),
    macvlan: fc.record({ mode: fc.constantFrom(...MACVLAN_MODES), parents: PARENTS }),
    ipvlan: fc.record({ mode: fc.constantFrom(...IPVLAN_MODES), parents: PARENTS }),
    overlay: fc.record({ swarm: fc.constantFrom(...SWARM_WORDS) }),
    cards: fc.constantFrom("cards" as const, "stand-ins" as const),
  })
  .map((parts) => {
    const nfs: Topology["nfs"][number][] = [];
    const cores: { cpu: number; owners: string[] }[] = [{ cpu: 40, owners: ["switch"] }];
    const chains = parts.lengths.map((between, chain) => {
      const path = Array.from({ length: between + 2 }, (_, i) => `nf${chain}-${i}`);
      for (const [i, name] of path.entries()) {
        const {
          value: { image, command, env, shares, ring, mergeable, vectorised: fast, lends, ...sizes },
        } = parts.nf.next();
        const vectorised = fast && !mergeable;
        const virtio = { ring, mergeable, vectorised, inOrder: !(vectorised && ring === "split") };
        const app = i === 0 ? APPS[0] : i === path.length - 1 ? APPS[1] : APPS[2];
        nfs.push(
          image
            ? {
                name,
                app: undefined,
                image: "own/nf:1",
                command,
                args: undefined,
                forward: undefined,
                env,
                virtio: PLAIN_VIRTIO,
                zeroCopy: false,
                ...sizes,
              }
            : {
                name,
                app,
                image: undefined,
                command: undefined,
                args: undefined,
                forward: app === "l2fwd" ? PLAIN_FORWARD : undefined,
                env: {},
                virtio,
                zeroCopy: lends && app === "l2fwd",
                ...sizes,
              },
        );
        const last = cores.at(-1);
        if (shares && cores.length > 1 && last) last.owners.push(name);
        else cores.push({ cpu: 40 - cores.length, owners: [name] });
      }
      return { name: `chain${chain}`, path, hops: path.slice(1).map(() => parts.hop.next().value) };
    });
    const asked = parts.compare?.datapaths[0] ?? parts.datapath;
    return {
      name: parts.name,
      hosts: [],
      between: "vxlan",
      cores,
      nfs,
      chains,
      datapath: parts.datapath,
      switch: {
        mode: "container",
        runDirectory: "/var/run/openvswitch",
        txRetries: parts.txRetries,
        pmdMaxSleepUs: parts.pmdMaxSleepUs,
        emcInsertInvProb: parts.emcInsertInvProb,
        ...parts.caching,
        simpleMatch: false,
        rxqAssign: "pinned",
        affinity: { [nfs[0]?.name ?? ""]: [40] },
      },
      nics: nicsFor(chains, [parts.datapath, ...(parts.compare?.datapaths ?? [])], parts.cards),
      macvlan: parts.macvlan,
      ipvlan: parts.ipvlan,
      overlay: parts.overlay,
      traffic: parts.traffic,
      measure: PLAIN_MEASURE,
      compare: parts.compare,
      sweep: undefined,
      expect: [
        {
          text: `throughput(${asked}) >= ${parts.limit}pps`,
          left: { kind: "metric", factor: 1, metric: "throughput", datapath: asked },
          relation: ">=",
          right: { kind: "number", value: parts.limit },
        },
      ],
    };
  });

/** One parent may be written without a list. */
function settingsOf({ mode, parents }: Topology["macvlan"] | Topology["ipvlan"]) {
  return { mode, ...(parents.length > 0 && { parent: parents.length === 1 ? parents[0] : parents }) };
}

/** The file that a user would write for it, in the long form. */
function fileOf(topology: Topology): string {
  const { cores, nfs, nics, chains, switch: ovs, traffic, compare, expect: expectations, name, datapath } = topology;
  return stringify({
    name,
    // A Map keeps the order of the CPUs, and their numbers numbers.
    cores: new Map(cores.map(({ cpu, owners }) => [cpu, owners])),
    nfs: Object.fromEntries(
      nfs.map(({ name: nf, memoryMib, command, app, image, env, queueSize, queues, virtio, zeroCopy }) => [
        nf,
        {
          ...(zeroCopy && { memif: { zeroCopy } }),
          ...(app ? { app, virtio } : { image, ...(command && { command }), env }),
          queueSize,
          queues,
          memory: `${memoryMib}MiB`,
        },
      ]),
    ),
    chains: Object.fromEntries(
      chains.map(({ name: chain, path, hops }) => [chain, { path, hops: hops.map((hop) => hop ?? "default") }]),
    ),
    datapath,
    switch: {
      txRetries: ovs.txRetries,
      emcInsertInvProb: ovs.emcInsertInvProb,
      pmdMaxSleep: `${ovs.pmdMaxSleepUs}us`,
      txFlushInterval: `${ovs.txFlushIntervalUs}us`,
      txSteering: ovs.txSteering,
      smc: ovs.smc,
      simpleMatch: ovs.simpleMatch,
      affinity: ovs.affinity,
    },
    traffic: {
      frame: traffic.frames.length === 1 ? traffic.frames[0]?.bytes : genomeText(traffic.frames),
      flows: traffic.flows,
      direction: traffic.direction,
      ...(traffic.vlan !== undefined && { vlan: traffic.vlan }),
      network: traffic.network,
      transport: traffic.transport,
      rate: traffic.ratePps === undefined ? "max" : `${traffic.ratePps}pps`,
      duration: `${traffic.durationMs}ms`,
      warmup: `${traffic.warmupMs}ms`,
      burst: traffic.burst,
    },
    macvlan: settingsOf(topology.macvlan),
    ipvlan: settingsOf(topology.ipvlan),
    overlay: topology.overlay,
    ...(compare && { compare }),
    ...(nics.length > 0 && {
      nics: Object.fromEntries(nics.map(({ name: nic, pci, bind }) => [nic, { device: pci ?? "af-packet", bind }])),
    }),
    expect: expectations.map(({ text }) => text),
  });
}

it("a topology written as YAML reads back as itself", () => {
  fc.assert(
    fc.property(topologies, (topology) => {
      const result = parseTopology(utf8.encode(fileOf(topology)), "lab.yaml");
      expect(result.ok ? [] : result.diagnostics).toEqual([]);
      expect(result.ok && result.topology).toEqual(topology);
    }),
    { numRuns: 300 },
  );
});
