import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTopology } from "../../../src/topology/parse-topology.ts";
import { sweepProblems, sweepVariants, variantOf } from "../../../src/topology/sweep.ts";
import type { Topology } from "../../../src/topology/topology.ts";
import { spreadText } from "../lab/spread-text.ts";

const FILE = `# what it shows
name: lab1
cores:
  0: switch
  1: gen
  2: [fwd, sink]   # two on one
nfs: { gen: { app: pktgen }, fwd: { app: l2fwd, work: { cycles: 100 } }, sink: { app: stats } }
chains: { main: [gen, fwd, sink] }
sweep: { frame: [64, 128] }
`;

function read(text: string): Topology {
  const parsed = parseTopology(new TextEncoder().encode(text), "lab.yaml");
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ message }) => message).join("; "));
  return parsed.topology;
}

describe("the combinations of a sweep", () => {
  it("are all, the last parameter changing fastest, and named by their values", () => {
    const variants = sweepVariants(FILE, [
      { parameter: "frame", values: [64, 512] },
      { parameter: "datapath", values: ["docker-bridge", "vhost-user"] },
    ]);
    expect(variants.map(({ name }) => name)).toEqual([
      "frame=64 datapath=docker-bridge",
      "frame=64 datapath=vhost-user",
      "frame=512 datapath=docker-bridge",
      "frame=512 datapath=vhost-user",
    ]);
    expect(variants.map(({ text }) => [read(text).traffic.frames[0]?.bytes, read(text).datapath])).toEqual([
      [64, "docker-bridge"],
      [64, "vhost-user"],
      [512, "docker-bridge"],
      [512, "vhost-user"],
    ]);
  });

  it("are files that keep the rest of the file, and sweep nothing themselves", () => {
    const { text } = variantOf(FILE, [{ parameter: "flows", value: 7 }]);
    expect(text).toContain("# two on one");
    expect(read(text).sweep).toBeUndefined();
    expect(read(text).traffic.flows.count).toBe(7);
  });

  it("keep the hosts of a lab on several, with their CPUs and what is between them", () => {
    const rest = "sweep: { between: [vxlan, geneve], chainLength: [2, 4] }\n";
    const spread = spreadText({ b: "1: [fwd, sink]", path: "gen, fwd, sink", rest });
    const variants = sweepVariants(spread, read(spread).sweep ?? []).map(({ text }) => read(text));
    expect(variants.map(({ between }) => between)).toEqual(["vxlan", "vxlan", "geneve", "geneve"]);
    expect(variants[0]?.cores.find(({ host, cpu }) => host === "b" && cpu === 1)?.owners).toEqual(["sink"]);
    expect(variants[1]?.cores.find(({ host, cpu }) => host === "b" && cpu === 1)?.owners).toEqual([
      "fwd",
      "sink",
      "main-fwd2",
    ]);
    const cores = { a: { "0": "switch", "2": "gen" }, b: { "0": "switch", "1": ["fwd", "sink"] } };
    const moved = read(variantOf(spread, [{ parameter: "cores", value: cores }]).text);
    expect(moved.cores.find(({ owners }) => owners.includes("gen"))).toMatchObject({ host: "a", cpu: 2 });
  });

  it("take a path to any value, and put in what is not there", () => {
    const { text } = variantOf(FILE, [
      { parameter: "switch.txRetries", value: 3 },
      { parameter: "nfs.fwd.work.cycles", value: 500 },
      { parameter: "cores.1", value: ["gen"] },
    ]);
    const topology = read(text);
    expect(topology.switch.txRetries).toBe(3);
    expect(topology.nfs.find(({ name }) => name === "fwd")?.forward?.workCycles).toBe(500);
    expect(topology.cores.map(({ cpu }) => cpu)).toEqual([0, 1, 2]);
  });

  it("a whole affinity map is swept like any other value", () => {
    const { name, text } = variantOf(FILE, [{ parameter: "cores", value: { 0: "switch", 3: ["gen", "fwd", "sink"] } }]);
    expect(name).toBe("cores={0:switch,3:[gen,fwd,sink]}");
    expect(read(text).cores.map(({ cpu, owners }) => [cpu, owners])).toEqual([
      [0, ["switch"]],
      [3, ["gen", "fwd", "sink"]],
    ]);
  });

  it("named settings change several parameters at once, or none, and are called by their names", () => {
    const variants = sweepVariants(FILE, [
      { parameter: "frame", values: [64] },
      {
        parameter: "settings",
        values: [
          { name: "as it is" },
          { name: "short, packed", queueSize: 256, virtio: { ring: "packed" }, "switch.txRetries": 0 },
        ],
      },
    ]);
    expect(variants.map(({ name }) => name)).toEqual(["frame=64 as it is", "frame=64 short, packed"]);
    expect(variants.map(({ settings }) => settings.at(-1))).toEqual([
      { parameter: "settings", value: "as it is" },
      { parameter: "settings", value: "short, packed" },
    ]);
    const [plain, changed] = variants.map(({ text }) => read(text));
    expect(plain).toEqual(read(variantOf(FILE, [{ parameter: "frame", value: 64 }]).text));
    expect(changed?.nfs.map(({ queueSize, virtio }) => [queueSize, virtio.ring])).toEqual(
      Array.from({ length: 3 }, () => [256, "packed"]),
    );
    expect(changed?.switch.txRetries).toBe(0);
  });

  it("queueSize is every NF's", () => {
    const { text } = variantOf(FILE, [{ parameter: "queueSize", value: 256 }]);
    expect(read(text).nfs.map(({ queueSize }) => queueSize)).toEqual([256, 256, 256]);
  });

  it("a chain of any length is a valid file, with forwarders like the one that was there", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), (length) => {
        const topology = read(variantOf(FILE, [{ parameter: "chainLength", value: length }]).text);
        expect(topology.chains[0]?.path).toHaveLength(length);
        const between = topology.nfs.filter(({ app }) => app === "l2fwd");
        expect(between).toHaveLength(length - 2);
        expect(between.every(({ forward }) => forward?.workCycles === 100)).toBe(true);
        const owners = topology.cores.flatMap((core) => core.owners);
        expect(owners.filter((owner) => owner !== "switch").toSorted()).toEqual(
          topology.nfs.map(({ name }) => name).toSorted(),
        );
      }),
    );
  });

  it("a file without forwarders gets some", () => {
    const short = FILE.replace("[gen, fwd, sink]", "[gen, sink]")
      .replace("fwd: { app: l2fwd, work: { cycles: 100 } }, ", "")
      .replace("[fwd, sink]", "sink");
    expect(read(variantOf(short, [{ parameter: "chainLength", value: 4 }]).text).chains[0]?.path).toEqual([
      "gen",
      "main-fwd1",
      "main-fwd2",
      "sink",
    ]);
  });
});

describe("what cannot be swept is told", () => {
  it.each([
    ["fram", "is no parameter"],
    ["name", "cannot be swept"],
    ["expect", "cannot be swept"],
  ])("%s", (parameter, problem) => {
    expect(sweepProblems([{ parameter, values: [1] }])[0]?.problem).toContain(problem);
  });

  it.each([
    ["a text in place of a set", "packed", "number 1"],
    ["a set without a name", { queueSize: 256 }, "number 1"],
    ["an empty name", { name: " ", queueSize: 256 }, "number 1"],
    ["a parameter that does not exist", { name: "short", queueSizes: 256 }, "queueSizes, which is no parameter"],
    ["sets inside of sets", { name: "short", settings: [{ name: "x" }] }, "settings, which is no parameter"],
    ["what says nothing about the lab", { name: "short", expect: [] }, "expect, which cannot be swept"],
  ])("settings: %s", (_, value, problem) => {
    expect(sweepProblems([{ parameter: "settings", values: [value] }])[0]?.problem).toContain(problem);
  });

  it("settings of one name twice", () => {
    const values = [{ name: "a" }, { name: "a", queueSize: 256 }];
    expect(sweepProblems([{ parameter: "settings", values }])[0]?.problem).toContain("takes the value a twice");
  });

  it("no values, a value twice, too many combinations", () => {
    expect(sweepProblems([{ parameter: "frame", values: [] }])).toHaveLength(1);
    expect(sweepProblems([{ parameter: "frame", values: [64, 64] }])[0]?.problem).toContain("twice");
    const many = Array.from({ length: 40 }, (_, index) => 64 + index);
    expect(
      sweepProblems([
        { parameter: "frame", values: many },
        { parameter: "flows", values: many },
      ])[0]?.problem,
    ).toContain("1600 combinations");
  });
});
