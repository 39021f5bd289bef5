import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cpuName, type Graph, graphOf, graphSummary } from "../../../src/report/graph/graph.ts";
import { drawDot } from "../../../src/report/graph/graph-dot.ts";
import { drawMermaid } from "../../../src/report/graph/graph-mermaid.ts";
import { drawSvg } from "../../../src/report/graph/graph-svg.ts";
import { drawText } from "../../../src/report/graph/graph-text.ts";
import { type Box, type HopLine, layoutOf, type Point } from "../../../src/report/graph/layout.ts";
import type { Output } from "../../../src/report/output.ts";
import { CARRIERS, type Datapath } from "../../../src/topology/topology.ts";
import { chainText, example, parse } from "../lab/make-lab.ts";
import { tagsOf } from "./graph-support.ts";

const NARROW: Output = { width: 80, color: false, unicode: false };
const LINES: Output = { ...NARROW, unicode: true };
const EXAMPLES = ["pktgen-stats", "mixed-hops", "two-chains", "long-chain", "shared-nf"] as const;

const graphOfExample = (name: string, options: { readonly datapath?: Datapath } = {}) =>
  graphOf(parse(example(`${name}.yaml`)).topology, options);

/** Any chains over any cores, as a file has them. */
const anyText = fc
  .record({
    cores: fc.integer({ min: 1, max: 6 }),
    chains: fc.array(
      fc.array(fc.record({ core: fc.nat(), datapath: fc.constantFrom(...CARRIERS) }), { minLength: 2, maxLength: 12 }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ cores, chains }) => {
    const nfs = chains.flatMap((chain, c) =>
      chain.map(({ core }, i) => ({ name: `n${c}-${i}`, cpu: (core % cores) + 1 })),
    );
    const cpus = [...new Set(nfs.map(({ cpu }) => cpu))];
    const app = (i: number, last: number) => (i === 0 ? "pktgen" : i === last ? "stats" : "l2fwd");
    return [
      "name: any",
      "cores:",
      "  0: switch",
      ...cpus.map(
        (cpu) =>
          `  ${cpu}: [${nfs
            .filter((nf) => nf.cpu === cpu)
            .map(({ name }) => name)
            .join(", ")}]`,
      ),
      "nfs:",
      ...chains.flatMap((chain, c) => chain.map((_, i) => `  n${c}-${i}: { app: ${app(i, chain.length - 1)} }`)),
      `nics: { ${Array.from({ length: 100 }, (_, i) => `card${i}: { device: af-packet }`).join(", ")} }`,
      "chains:",
      ...chains.map((chain, c) => {
        const hops = chain.slice(1).map(({ datapath }) => datapath);
        return `  c${c}: { path: [${chain.map((_, i) => `n${c}-${i}`).join(", ")}], hops: [${hops.join(", ")}] }`;
      }),
    ].join("\n");
  });

const anyGraph = anyText.map((text) => graphOf(parse(text).topology));

describe.each(EXAMPLES)("%s", (name) => {
  test("as text", () =>
    expect(`${drawText(graphOfExample(name), LINES)}\n`).toMatchFileSnapshot(`golden/graph-${name}.txt`));
  test("as Mermaid", () =>
    expect(drawMermaid(graphOfExample(name))).toMatchFileSnapshot(`golden/graph-${name}.mmd.txt`));
  test("as dot", () => expect(drawDot(graphOfExample(name))).toMatchFileSnapshot(`golden/graph-${name}.dot.txt`));
});

describe("a lab over two hosts", () => {
  const SPREAD = `name: spread
hosts:
  rig-a: { address: ssh://root@rig1, tunnel: { interface: eth1, address: 192.0.2.1/24 } }
  rig-b: { address: ssh://root@rig2, tunnel: { interface: eth1, address: 192.0.2.2/24 } }
cores:
  rig-a: { 0: switch, 1: gen, 2: sink }
  rig-b: { 0: switch, 1: [fwd, fwd2] }
nfs: { gen: { app: pktgen }, fwd: { app: l2fwd }, fwd2: { app: l2fwd }, sink: { app: stats } }
chains: { main: { path: [gen, fwd, fwd2, sink], hops: [default, vhost-user, geneve] } }
`;
  const graph = graphOf(parse(SPREAD).topology);

  test("as text", () => expect(`${drawText(graph, LINES)}\n`).toMatchFileSnapshot("golden/graph-two-hosts.txt"));
  test("as text, narrow", () =>
    expect(`${drawText(graph, { ...NARROW, width: 20 })}\n`).toMatchFileSnapshot("golden/graph-two-hosts-narrow.txt"));
  test("as Mermaid", () => expect(drawMermaid(graph)).toMatchFileSnapshot("golden/graph-two-hosts.mmd.txt"));
  test("as dot", () => expect(drawDot(graph)).toMatchFileSnapshot("golden/graph-two-hosts.dot.txt"));

  test("as a picture: a lane for each CPU of each host, and the tunnels named", () => {
    const svg = drawSvg(graph);
    expect(tagsOf(svg).left).toEqual([]);
    for (const words of [
      "CPU 1 of rig-a",
      "CPU 1 of rig-b",
      "rig-a: CPU 0; rig-b: CPU 0",
      "gen p0 to fwd p0 over vxlan, from host rig-a to rig-b",
      "fwd2 p1 to sink p0 over geneve, from host rig-b to rig-a",
      "vxlan, between hosts",
    ]) {
      expect(svg).toContain(words);
    }
    expectTidy(graph);
  });

  test("a host whose switch no hop needs has none", () => {
    const near = SPREAD.replace("[default, vhost-user, geneve]", "[memif, memif, memif]")
      .replace("1: gen, 2: sink", "1: gen, 2: [fwd, fwd2, sink]")
      .replace("{ 0: switch, 1: [fwd, fwd2] }", "{ 1: other }")
      .replace("sink: { app: stats }", "sink: { app: stats }, other: { app: l2fwd }");
    const parsed = parse(near).topology;
    expect(graphOf(parsed).switches).toEqual([]);
  });
});

test("in plain ASCII", () =>
  expect(`${drawText(graphOfExample("mixed-hops"), NARROW)}\n`).toMatchFileSnapshot("golden/graph-ascii.txt"));

test("over another datapath than the file's there is no switch, and the reader learns what else is compared", () => {
  const text = drawText(graphOfExample("pktgen-stats", { datapath: "docker-bridge" }), { ...LINES, width: 100 });
  expect(text).toContain("├─ docker-bridge ─►│");
  expect(text).not.toContain("OVS-DPDK");
  expect(text).toContain("corebed compare measures vhost-user as well.");
});

test("what no chain goes through is told", () => {
  const text = example("pktgen-stats.yaml")
    .replace("2: sink", "2: [sink, spare]")
    .replace("nfs:", "nfs:\n  spare: { app: l2fwd }");
  const graph = graphOf(parse(text).topology);
  expect(drawText(graph, NARROW)).toContain("Not started, since no chain goes through it: spare.");
  expect(drawSvg(graph)).toContain("no chain goes through it: spare.");
});

describe("text", () => {
  test.each([20, 30, 40, 60, 80, 120])("keeps to %d columns, whatever the chains", (width) => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const text = drawText(graph, { ...NARROW, width });
        expect(text).toMatch(/^[ -~\n]*$/);
        // Words are not broken, and a file name of an image may be long.
        expect(text.split("\n").filter((line) => line.length > width && /[|+^]/.test(line))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  test("names every NF, once in the map and once in its chain", () => {
    const text = drawText(graphOf(parse(chainText(12, { cpus: 3 })).topology), { ...NARROW, width: 100 });
    for (const nf of ["gen", "fwd5", "sink"]) expect(text.match(new RegExp(`\\b${nf}\\b`, "g"))).toHaveLength(2);
  });

  test("colours change nothing but the colours", () => {
    const coloured = drawText(graphOfExample("mixed-hops"), { ...LINES, color: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what is looked for
    expect(coloured.replace(/\u001b\[\d+m/g, "")).toBe(drawText(graphOfExample("mixed-hops"), LINES));
    expect(coloured).toContain("\u001b[36m");
  });
});

/** Stretches of a hop's line, each upright or level. */
const stretches = ({ points }: HopLine): readonly (readonly [Point, Point])[] =>
  points.slice(1).map((point, index) => [points[index] ?? point, point] as const);

const boxOf = ([a, b]: readonly [Point, Point]): Box => ({
  x: Math.min(a.x, b.x),
  y: Math.min(a.y, b.y),
  width: Math.abs(a.x - b.x),
  height: Math.abs(a.y - b.y),
});

/** Whether two areas have more in common than an edge. */
function meet(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Whether two stretches run over each other, rather than cross. */
function runOver(a: Box, b: Box): boolean {
  const upright = a.width === 0 && b.width === 0 && a.x === b.x && a.height > 0 && b.height > 0;
  const level = a.height === 0 && b.height === 0 && a.y === b.y && a.width > 0 && b.width > 0;
  if (upright) return a.y < b.y + b.height && b.y < a.y + a.height;
  return level && a.x < b.x + b.width && b.x < a.x + a.width;
}

describe("layout of the picture", () => {
  const chains = Array.from({ length: 11 }, (_, index) => index + 2).flatMap((nfs) =>
    [1, 2, nfs].map((cpus) => [nfs, cpus] as const),
  );

  test.each(chains)("%d NFs on %d CPUs", (nfs, cpus) => {
    expectTidy(graphOf(parse(chainText(nfs, { cpus })).topology));
  });

  test("of any chains on any CPUs: no NF over another, no hop over an NF or along another hop", () => {
    fc.assert(fc.property(anyGraph, expectTidy), { numRuns: 150 });
  });
});

describe("NFs of several chains", () => {
  const shared = (chains: readonly string[], top = "") => {
    const names = [...new Set(chains.flatMap((chain) => chain.split(" ")))];
    const app = (name: string) => (name.startsWith("g") ? "pktgen" : name.startsWith("s") ? "stats" : "l2fwd");
    return graphOf(
      parse(
        [
          "name: shared",
          `cores: { 0: switch, 1: [${names.slice(0, -1).join(", ")}], 2: ${names.at(-1)} }`,
          `nfs: { ${names.map((name) => `${name}: { app: ${app(name)} }`).join(", ")} }`,
          `chains: { ${chains.map((chain, index) => `c${index}: [${chain.replaceAll(" ", ", ")}]`).join(", ")} }`,
          top,
        ].join("\n"),
      ).topology,
    );
  };

  test.each([
    [["g1 fw s", "g2 fw s"]],
    [["g1 fw s", "g2 x fw s"]],
    [["g1 fw s", "g2 x s2", "g3 fw s"]],
    [["g1 a b s", "g2 b a s"]],
    [["g1 s", "g2 a b c s", "g3 c s"]],
  ])("%j: each is drawn once, and nothing lies over anything else", (chains) => {
    const names = new Set(chains.flatMap((chain) => chain.split(" ")));
    for (const top of ["", "datapath: memif"]) {
      const graph = shared(chains, top);
      expectTidy(graph);
      expect(
        layoutOf(graph, 0)
          .nodes.map(({ nf }) => nf.name)
          .toSorted(),
      ).toEqual([...names].toSorted());
    }
  });

  test("are counted once, and named with their chains", () => {
    const graph = shared(["g1 fw s", "g2 fw s"]);
    expect(graphSummary(graph)).toBe("4 NFs in 2 chains over vhost-user");
    expect(graph.notes).toEqual(["Chains c0 and c1 share fw.", "Chains c0 and c1 share s."]);
    for (const text of [drawMermaid(graph), drawDot(graph)]) expect(text.match(/fw(<br\/>|\\n)l2fwd/g)).toHaveLength(1);
  });
});

function expectTidy(graph: Graph): void {
  const { width, height, nodes, hops, lanes, switch: ovs } = layoutOf(graph, 0);
  const boxes: readonly Box[] = [...lanes, ...(ovs === undefined ? [] : [ovs])];
  for (const box of [...boxes, ...nodes]) expect(box.x + box.width <= width && box.y + box.height <= height).toBe(true);
  for (const [index, box] of boxes.entries())
    expect(boxes.slice(index + 1).some((other) => meet(box, other))).toBe(false);
  for (const [index, node] of nodes.entries()) {
    expect(nodes.slice(index + 1).some((other) => meet(node, other))).toBe(false);
    const lane = lanes.find(({ cpu }) => cpu === cpuName(node.nf));
    expect(lane && node.y > lane.y && node.y + node.height < lane.y + lane.height).toBe(true);
  }
  const lines = hops.flatMap((hop) => stretches(hop).map((stretch) => ({ hop, box: boxOf(stretch) })));
  for (const [index, { hop, box }] of lines.entries()) {
    expect(nodes.some((node) => meet(box, node))).toBe(false);
    const others = lines.slice(index + 1).filter((other) => other.hop !== hop);
    expect(others.some((other) => runOver(box, other.box))).toBe(false);
  }
  const through = hops.filter(({ hop }) => hop.throughSwitch);
  for (const hop of through) expect(hop.points.some(({ y }) => ovs !== undefined && y > ovs.y)).toBe(true);
}

describe("SVG", () => {
  test("is well-formed, needs nothing from elsewhere, and says in words what it shows", () => {
    const svg = drawSvg(graphOfExample("mixed-hops"));
    expect(tagsOf(svg).left).toEqual([]);
    expect(svg).not.toMatch(/<script|href=|url\(|@import/);
    expect(svg).toContain(
      '<title id="graph-title">mixed-hops: 3 NFs in 1 chain over docker-bridge, vhost-user</title>',
    );
    expect(svg).toContain("Chain main: gen to fwd over docker-bridge, then fwd to sink over vhost-user.");
    expect(svg).toContain("prefers-color-scheme:dark");
  });

  test("the key names the datapaths that are there, and no others", () => {
    const svg = drawSvg(graphOfExample("mixed-hops"));
    expect(svg).toContain(">vhost-user, through the switch</text>");
    expect(svg).toContain(">docker-bridge</text>");
    expect(svg).not.toContain(">macvlan</text>");
  });

  test("shows text from outside as it is", () => {
    const svg = drawSvg(withKind('<b>&"x"</b>'));
    expect(svg).toContain("&lt;b&gt;&amp;&quot;x&quot;&lt;/b&gt;");
    expect(tagsOf(svg).left).toEqual([]);
  });
});

test("dot and Mermaid keep text from outside in its quotes", () => {
  const graph = withKind('a"]; b\\ [<i>\n#x');
  expect(drawDot(graph)).toContain('[label="gen\\na\\"]; b\\\\ [<i>\\n#x"]');
  expect(drawMermaid(graph)).toContain('nf0["gen<br/>a#34;#93;#59; b#92; #91;#60;i#62;<br/>#35;x"]');
});

/** A graph whose first NF is of an image with this name. */
function withKind(kind: string): Graph {
  const graph = graphOfExample("mixed-hops");
  const chains = graph.chains.map((chain) => ({
    ...chain,
    nfs: chain.nfs.map((nf, i) => (i === 0 ? { ...nf, kind } : nf)),
  }));
  return { ...graph, chains };
}
