import { describe, expect, test } from "vitest";
import type { Arm, Result } from "../../../src/measure/result.ts";
import { base, legendPx } from "../../../src/report/plot/look.ts";
import { WIDTHS } from "../../../src/report/plot/plot.ts";
import { plotFiles } from "../../../src/report/plot/plot-files.ts";
import { plotsOf } from "../../../src/report/plot/plots-of.ts";
import { renderPlot } from "../../../src/report/plot/render-plot.ts";
import { sweepAxis } from "../../../src/report/plot/sweep-axis.ts";
import { simulated } from "./html-support.ts";
import { fourArms, oneTrial, severalChains, twoArms, unexplainedLoss } from "./results.ts";

/** Every dot of a plot's picture, by what it says it is. */
function dotsOf(result: Result, id: string): readonly string[] {
  const plot = plotsOf(result).find((one) => one.id === id);
  if (plot === undefined) throw new Error(`there is no plot ${id}`);
  const svg = renderPlot(plot, { widthPx: WIDTHS.wide, idPrefix: "p", colours: "fixed" });
  return [...svg.matchAll(/class="dot"><title>([^<]*)<\/title>/g)].map(([, title = ""]) => title);
}

const trialsOf = (result: Result) => result.arms.flatMap(({ trials }) => trials);

describe("every trial is a dot that says what it is", () => {
  test.each([
    ["compare", "pktgen-stats", [], "throughput"],
    ["compare", "kernel-paths", [], "throughput"],
    ["sweep", "chain-length", [], "throughput"],
    ["sweep", "frame-sweep", [], "throughput"],
    ["run", "throughput-search", [], "loss"],
  ] as const)("%s %s %j: %s", async (command, topology, options, id) => {
    const result = await simulated(command, topology, ...options);
    const dots = dotsOf(result, id);
    expect(dots).toHaveLength(trialsOf(result).length);
    expect(new Set(dots).size).toBe(dots.length);
  });

  test.each([
    ["loss-curve", "loss"],
    ["soak", "soak"],
  ])("%s has the points that the method gave", async (method, id) => {
    const result = await simulated("run", "pktgen-stats", "--measure", method);
    const outcome = result.arms[0]?.outcome;
    const points = outcome !== undefined && "points" in outcome ? outcome.points : [];
    expect(points.length).toBeGreaterThan(1);
    expect(dotsOf(result, id)).toHaveLength(points.length);
  });

  test("those that are in no figure say so", async () => {
    const result = await simulated("compare", "pktgen-stats");
    const unused = trialsOf(result).filter(({ usable }) => !usable).length;
    expect(unused).toBeGreaterThan(0);
    expect(dotsOf(result, "throughput").filter((title) => title.endsWith("in no figure"))).toHaveLength(unused);
  });
});

test.each([
  ["two arms", twoArms(), ["throughput", "ratio", "latency"]],
  ["one trial that is not usable", oneTrial(), []],
  ["unexplained loss", unexplainedLoss(), ["throughput", "latency"]],
  ["several chains", severalChains(), ["throughput", "ratio", "latency"]],
] as const)("plots of %s", (_name, result, ids) => {
  expect(plotsOf(result).map(({ id }) => id)).toEqual(ids);
});

test("a description and a table give the figures to those who cannot see the picture", () => {
  const [throughput, ratio] = plotsOf(twoArms());
  expect(throughput?.description).toContain("vhost-user: 2.45 Mpps");
  expect(throughput?.table.rows[1]).toEqual([
    "vhost-user",
    "2.45",
    "2.38 to 2.55",
    "93.8 %",
    "2.45, 2.38, 2.55, 2.43, 2.50",
  ]);
  expect(ratio?.table.rows[0]?.at(-1)).toBe("better");
});

test("pictures as files are in colours that every viewer knows, and stay in their directory", () => {
  const files = plotFiles(fourArms(), "../../etc/x");
  expect(files.map(({ name }) => name)).toEqual(["etc-x-throughput.svg", "etc-x-ratio.svg", "etc-x-latency.svg"]);
  for (const { svg } of files) {
    expect(svg).toMatch(/^<\?xml [^>]+>\n<svg /);
    expect(svg).not.toMatch(/var\(|ecmeta|zr\d|<style/);
  }
});

test("pictures as files say what they are of, and that a model's are", () => {
  const heading = (svg: string | undefined) => /<text [^>]*>([^<]*)</.exec(svg ?? "")?.[1];
  const result = { ...fourArms(), simulated: false };
  expect(heading(plotFiles(result, "x")[0]?.svg)).toBe("pktgen-stats: Throughput");
  expect(heading(plotFiles({ ...result, simulated: true }, "x")[0]?.svg)).toContain("SIMULATED");
});

test("names of a legend stand apart, however long they are, and leave the plot its height", () => {
  const names = ["datapath=docker-bridge frame=64", "datapath=docker-bridge frame=512", "datapath=vhost-user frame=64"];
  for (const widthPx of [WIDTHS.wide, WIDTHS.narrow]) {
    const places = base(widthPx, names).legend.map(({ left, top }) => ({ left, top }));
    const letters = Math.max(...names.map(({ length }) => length));
    for (const [index, one] of places.entries()) {
      for (const other of places.slice(index + 1)) {
        // A wide system font takes seven pixels a letter at this size; the mark before a name takes 22.
        expect(one.top !== other.top || Math.abs(one.left - other.left) >= 7 * letters + 22).toBe(true);
      }
    }
    const bottom = Math.max(...places.map(({ top }) => top)) + 14;
    expect(base(widthPx, names).grid.top).toBeGreaterThan(bottom);
    expect(legendPx(widthPx, names)).toBe(Math.max(...places.map(({ top }) => top)));
  }
});

describe("what a sweep is drawn over", () => {
  const arms = (...settings: readonly Readonly<Record<string, string>>[]): readonly Arm[] =>
    settings.map((one, index) => ({
      ...(twoArms().arms[0] as Arm),
      name: `arm ${index}`,
      settings: Object.entries(one).map(([parameter, value]) => ({ parameter, value })),
    }));

  test("the parameter with the most numbers; the others name the lines", () => {
    const axis = sweepAxis(
      arms(
        { datapath: "host", frame: "64" },
        { datapath: "host", frame: "1518" },
        { datapath: "macvlan", frame: "64" },
        { datapath: "macvlan", frame: "1518" },
      ),
    );
    expect(axis).toMatchObject({ parameter: "frame", values: [64, 1518], logarithmic: false });
    expect(axis?.lines.map(({ name, points }) => [name, points.map(({ x }) => x)])).toEqual([
      ["datapath=host", [64, 1518]],
      ["datapath=macvlan", [64, 1518]],
    ]);
  });

  test("numbers with units, in order, and far apart on a logarithmic axis", () => {
    const axis = sweepAxis(arms({ flows: "1M" }, { flows: "1" }, { flows: "10k" }));
    expect(axis).toMatchObject({ values: [1, 10_000, 1_000_000], logarithmic: true });
  });

  test.each([
    ["names", ["imix", "64"]],
    ["one value", ["64"]],
    ["max among rates", ["1Mpps", "max"]],
  ])("not over %s", (_name, values) => {
    expect(sweepAxis(arms(...values.map((frame) => ({ frame }))))).toBeUndefined();
  });
});
