import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../src/topology/diagnostic.ts";
import { LARGEST_FILE_BYTES, parseTopology } from "../../../src/topology/parse-topology.ts";
import type { Topology } from "../../../src/topology/topology.ts";

const SHORTEST = `name: lab1
cores: { 0: switch, 1: gen, 2: sink }
nfs: { gen: { app: pktgen }, sink: { app: stats } }
chains: { main: [gen, sink] }
`;

function parse(text: string): Topology {
  const result = parseTopology(new TextEncoder().encode(text), "lab.yaml");
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join("\n"));
  return result.topology;
}

function codes(text: string | Uint8Array): readonly string[] {
  return diagnostics(text).map(({ code }) => code);
}

function diagnostics(text: string | Uint8Array): readonly Diagnostic[] {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const result = parseTopology(bytes, "lab.yaml");
  return result.ok ? result.warnings : result.diagnostics;
}

/** What an NF is without settings. */
const PLAIN_NF = {
  image: undefined,
  command: undefined,
  env: {},
  queueSize: 1024,
  queues: 1,
  zeroCopy: false,
  virtio: { ring: "packed", inOrder: true, mergeable: false, vectorised: undefined },
};
/** Settings of the switch that nobody gives below. */
const PLAIN_SWITCH = {
  txFlushIntervalUs: 0,
  txSteering: "thread",
  smc: false,
  simpleMatch: true,
  rxqAssign: "pinned",
  affinity: {},
};

describe("defaults", () => {
  it("make the short form enough", () => {
    expect(parse(SHORTEST)).toEqual({
      name: "lab1",
      hosts: [],
      between: "vxlan",
      cores: [
        { cpu: 0, owners: ["switch"] },
        { cpu: 1, owners: ["gen"] },
        { cpu: 2, owners: ["sink"] },
      ],
      nfs: [
        { name: "gen", app: "pktgen", ...PLAIN_NF, memoryMib: 64 },
        { name: "sink", app: "stats", ...PLAIN_NF, memoryMib: 64 },
      ],
      chains: [{ name: "main", path: ["gen", "sink"], hops: [undefined] }],
      datapath: "vhost-user",
      switch: {
        mode: "container",
        runDirectory: "/var/run/openvswitch",
        txRetries: 8,
        pmdMaxSleepUs: 0,
        emcInsertInvProb: 100,
        ...PLAIN_SWITCH,
      },
      traffic: {
        frames: [{ bytes: 64, weight: 1 }],
        flows: { count: 1, choice: "round-robin", skew: 1, vary: "port" },
        ratePps: undefined,
        direction: "one",
        vlan: undefined,
        network: "ipv4",
        transport: "udp",
        pcap: undefined,
        durationMs: 2000,
        warmupMs: 500,
        burst: 32,
      },
      measure: expect.objectContaining({ method: "rate", preset: "csit", goals: [] }),
      compare: undefined,
      nics: [],
      macvlan: { mode: "bridge", parents: [] },
      ipvlan: { mode: "l2", parents: [] },
      overlay: { swarm: "use" },
      sweep: undefined,
      expect: [],
    });
  });

  it("give compare five repeats", () => {
    const { compare } = parse(`${SHORTEST}compare: { datapaths: [macvlan, vhost-user] }\n`);
    expect(compare).toEqual({ datapaths: ["macvlan", "vhost-user"], order: "abba", repeats: 5 });
  });
});

describe("the long form", () => {
  it("is read whole", () => {
    const topology = parse(`
name: long
cores:
  7: sink
  0: [switch]
  3: [own, gen]
nfs:
  sink: { app: stats, queueSize: 256, memory: 1GiB }
  own:
    image: registry.example.org:5000/team/nf@sha256:${"a".repeat(64)}
    command: [/usr/bin/nf, --level, "3"]
    env: { LOG_LEVEL: debug, EMPTY: "" }
    memory: 128 MiB
  gen: { app: pktgen }
chains:
  main: { path: [gen, own, sink], datapath: host, hops: [docker-bridge, default] }
datapath: macvlan
switch: { mode: host, runDirectory: /opt/ovs, txRetries: 0, pmdMaxSleep: 0.1ms, emcInsertInvProb: 0 }
traffic: { frame: 1518, flows: 100, rate: 1.1Mpps, duration: 1min, warmup: 0ms, burst: 1 }
expect: ["  2 * throughput < 20Mpps "]
`);
    expect(topology.cores.map(({ cpu, owners }) => [cpu, ...owners])).toEqual([
      [7, "sink"],
      [0, "switch"],
      [3, "own", "gen"],
    ]);
    expect(topology.nfs.map(({ name }) => name)).toEqual(["sink", "own", "gen"]);
    expect(topology.nfs[0]).toMatchObject({ queueSize: 256, memoryMib: 1024 });
    expect(topology.nfs[1]).toEqual({
      ...PLAIN_NF,
      name: "own",
      app: undefined,
      image: `registry.example.org:5000/team/nf@sha256:${"a".repeat(64)}`,
      command: ["/usr/bin/nf", "--level", "3"],
      env: { LOG_LEVEL: "debug", EMPTY: "" },
      memoryMib: 128,
    });
    expect(topology.chains).toEqual([{ name: "main", path: ["gen", "own", "sink"], hops: ["docker-bridge", "host"] }]);
    expect(topology.switch).toEqual({
      mode: "host",
      runDirectory: "/opt/ovs",
      txRetries: 0,
      pmdMaxSleepUs: 100,
      emcInsertInvProb: 0,
      ...PLAIN_SWITCH,
    });
    expect(topology.traffic).toEqual({
      frames: [{ bytes: 1518, weight: 1 }],
      flows: { count: 100, choice: "round-robin", skew: 1, vary: "port" },
      ratePps: 1_100_000,
      direction: "one",
      vlan: undefined,
      network: "ipv4",
      transport: "udp",
      pcap: undefined,
      durationMs: 60_000,
      warmupMs: 0,
      burst: 1,
    });
    expect(topology.expect[0]?.text).toBe("2 * throughput < 20Mpps");
  });

  it("lets a chain set the datapath of all its hops", () => {
    const { chains } = parse(SHORTEST.replace("[gen, sink] }", "{ path: [gen, sink], datapath: vhost-user } }"));
    expect(chains[0]?.hops).toEqual(["vhost-user"]);
  });

  it("needs no switch core with a host's own OVS", () => {
    expect(parse(`${SHORTEST.replace("0: switch, ", "")}switch: { mode: host }\n`).switch.mode).toBe("host");
  });
});

describe("what YAML allows", () => {
  it("a byte order mark, CRLF and a document marker change nothing", () => {
    expect(parse(`\ufeff---\r\n${SHORTEST.replaceAll("\n", "\r\n")}...\r\n`)).toEqual(parse(SHORTEST));
  });

  it("JSON is YAML, but for the quotes around CPU numbers", () => {
    expect(codes(JSON.stringify({ ...JSON_FORM, cores: { 0: "switch", 1: "gen", 2: "sink" } }))).toEqual([
      "bad-cpu",
      "bad-cpu",
      "bad-cpu",
    ]);
  });

  it("a line of 64 KiB is read", () => {
    const fillers = Array.from({ length: 3000 }, (_, i) => `f${i}: { app: l2fwd }`).join(", ");
    const names = Array.from({ length: 3000 }, (_, i) => `f${i}`).join(", ");
    const text = SHORTEST.replace("1: gen", `1: [gen, ${names}]`)
      .replace("sink: {", `${fillers}, sink: {`)
      .replace("[gen, sink]", `[gen, ${names}, sink]`);
    expect(parse(text).chains[0]?.hops).toHaveLength(3001);
  });

  it("names of JavaScript's own are names like others", () => {
    const text = SHORTEST.replaceAll("gen", "constructor").replaceAll("pktconstructor", "pktgen");
    expect(parse(text.replaceAll("main", "valueof")).nfs[0]?.name).toBe("constructor");
  });
});

describe("what is refused", () => {
  it("keys that mean something to JavaScript", () => {
    for (const key of ["constructor", "toString", "valueOf", "__proto__", "length"]) {
      for (const value of ["{}", "[[]]", "{ name: [[{}]] }", "1"]) {
        expect(
          codes(`${SHORTEST.replace("{ main:", `{ ${key}: { ${key}: ${value} }, main:`)}${key}: ${value}`).length,
        ).toBeGreaterThan(1);
        expect(codes(`${key}: ${value}`)).toContain(key === "__proto__" ? "bad-key" : "unknown-key");
      }
    }
  });

  it("10 MB, at once and without looking inside", () => {
    const before = performance.now();
    const result = parseTopology(new Uint8Array(10_000_000).fill(0x5b), "big.yaml");
    expect(performance.now() - before).toBeLessThan(50);
    expect(result).toEqual({
      ok: false,
      source: undefined,
      diagnostics: [
        {
          severity: "error",
          code: "file-too-large",
          message: "big.yaml has more than 1 MiB, the most that a topology has",
          help: "check that this is the right file; split a lab this large into several topologies",
          span: undefined,
          related: [],
        },
      ],
    });
    expect(parseTopology(new Uint8Array(LARGEST_FILE_BYTES).fill(0x20), "x").source).toBeDefined();
  });

  it("brackets deeper than the call stack", () => {
    for (const bracket of ["[", "{", "- ", "? "]) {
      const [first] = diagnostics(bracket.repeat(20_000));
      expect(["too-deep", "yaml-syntax"]).toContain(first?.code);
    }
  });

  it.each([
    ["lead byte alone", [0x61, 0xc3], 1, 1],
    ["overlong", [0x61, 0x0a, 0xc0, 0x80], 2, 1],
    ["overlong, three bytes", [0xe0, 0x80, 0x80], 0, 1],
    ["surrogate", [0x62, 0xed, 0xa0, 0x80], 1, 1],
    ["beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80], 0, 1],
    ["continuation alone", [0xc3, 0xa4, 0x80], 2, 1],
    ["cut short at the end", [0x61, 0xf0, 0x9f, 0x98], 1, 1],
  ])("%s is not UTF-8", (_, bytes, offset) => {
    const [diagnostic] = diagnostics(new Uint8Array(bytes));
    expect(diagnostic?.code).toBe("not-utf8");
    expect(diagnostic?.message).toMatch(new RegExp(`^byte ${offset} `));
  });
});

describe("errors do not hide each other", () => {
  it("every section is checked however broken the others are", () => {
    const text = `
name: lab1
cores: { 0: switch, 1: gen, 2: snk }
nfs: { gen: { app: pktgen, queueSize: 7 }, sink: { app: stats } }
chains: { main: [gen, fwd, sink], other: 5 }
traffic: { frame: 1 }
switch: 7
compare: { datapaths: [vhost-user] }
expect: [loss < 1%, los < 1%]
`;
    expect(codes(text)).toEqual([
      "unknown-owner",
      "out-of-range",
      "unknown-nf",
      "wrong-type",
      "out-of-range",
      "wrong-type",
      "nothing-to-compare",
      "bad-expectation",
    ]);
  });

  it("and none is reported twice for one cause", () => {
    expect(codes(SHORTEST.replace("0: switch", "0: swich"))).toEqual(["unknown-owner"]);
    expect(codes(SHORTEST.replace("2: sink", "1: sink"))).toEqual(["given-twice"]);
    expect(codes(SHORTEST.replace("[gen, sink]", "[gn, sink]"))).toEqual(["unknown-nf"]);
    expect(codes(SHORTEST.replace("app: pktgen", "app: pktgn"))).toEqual(["unknown-word"]);
    expect(
      codes(SHORTEST.replace("gen: { app", "Gen: { app").replace("1: gen", "1: Gen").replace("[gen", "[Gen")),
    ).toEqual(["bad-name"]);
  });
});

describe("places", () => {
  const located = (text: string) => {
    const { source } = parseTopology(new TextEncoder().encode(text), "lab.yaml");
    if (source === undefined) throw new Error("no source");
    return (path: (string | number)[], part?: "key" | "value") => {
      const { line, column, length } = source.locate(path, part);
      return `${line}:${column} ${text.split(/\r?\n/)[line - 1]?.slice(column - 1, column - 1 + length)}`;
    };
  };

  it("are those of keys and values", () => {
    const at = located(SHORTEST);
    expect(at(["cores", 1])).toBe("2:24 gen");
    expect(at(["cores", "1"], "key")).toBe("2:21 1");
    expect(at(["cores", 1, 0])).toBe("2:24 gen");
    expect(at(["nfs", "sink", "app"])).toBe("3:43 stats");
    expect(at(["chains", "main"])).toBe("4:17 [gen, sink]");
  });

  it("do not depend on the form of a chain", () => {
    const long = located(SHORTEST.replace("[gen, sink] }", "{ path: [gen, sink] } }"));
    const short = located(SHORTEST);
    for (const path of [
      ["chains", "main", 1],
      ["chains", "main", "path", 1],
    ]) {
      expect(long(path)).toBe("4:31 sink");
      expect(short(path)).toBe("4:23 sink");
    }
  });

  it("are the nearest around what is not there", () => {
    const at = located(SHORTEST);
    expect(at(["nfs", "gen", "memory"])).toBe("3:8 gen");
    expect(at(["cores", 9])).toBe("2:1 cores");
    expect(at(["traffic", "rate"])).toBe("1:1 name");
    expect(at(["chains", "main", 7])).toBe("4:11 main");
    expect(located("name:\n")(["name"])).toBe("1:1 name");
  });

  it("of a block are its key", () => {
    expect(located("cores:\n  0: switch\n  1: gen\n")(["cores"])).toBe("1:1 cores");
  });

  it("inside quotes and lines with CRLF are exact", () => {
    const text = `${SHORTEST}expect:\n- 'los < 1%'\n`.replaceAll("\n", "\r\n");
    expect(diagnostics(text)[0]?.span).toEqual({ file: "lab.yaml", line: 6, column: 4, length: 3 });
  });
});

describe("topologies/", () => {
  const folder = new URL("../../../topologies/", import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml"));
  it.each(files)("%s is right, and opens with what it shows", (file) => {
    const bytes = readFileSync(new URL(file, folder));
    expect(diagnostics(bytes)).toEqual([]);
    const [schema, blank, comment] = bytes.toString("utf8").split("\n");
    const up = "../".repeat(file.split("/").length);
    expect(schema).toBe(`# yaml-language-server: $schema=${up}schema/topology.schema.json`);
    expect([blank, comment?.slice(0, 2)]).toEqual(["#", "# "]);
    expect(parse(bytes.toString("utf8")).name).toBe(basename(file, ".yaml"));
  });
});

const JSON_FORM = {
  name: "lab1",
  nfs: { gen: { app: "pktgen" }, sink: { app: "stats" } },
  chains: { main: ["gen", "sink"] },
};
