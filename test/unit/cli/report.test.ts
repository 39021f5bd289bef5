import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addReport } from "../../../src/cli/commands/report.ts";
import { EXIT, Exit } from "../../../src/cli/exit.ts";
import { explain } from "../../../src/cli/explain-error.ts";
import { resultJson } from "../../../src/report/result-json.ts";
import { severalChains, twoArms } from "../report/results.ts";
import { captureOutput } from "./capture-output.ts";

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let folder: string;
let one: string;
let two: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "corebed-report-"));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  await rm(folder, { recursive: true });
  await mkdir(folder);
  [one, two] = [join(folder, "one.json"), join(folder, "two.json")];
  await writeFile(one, resultJson(twoArms()));
  await writeFile(two, resultJson(severalChains()));
});

async function report(...words: readonly string[]): Promise<Outcome> {
  using output = captureOutput();
  const program = new Command("corebed");
  addReport(program);
  for (const command of program.commands) {
    command.exitOverride((error) => {
      throw new Exit(error.exitCode === 0 ? EXIT.ok : EXIT.usage);
    });
  }
  try {
    await program.parseAsync(["report", ...words], { from: "user" });
    return { code: EXIT.ok, out: output.out, err: output.err };
  } catch (error) {
    const { code, message } = explain(error);
    return { code, out: output.out, err: output.err + message };
  }
}

const written = async (...path: readonly string[]) => readFile(join(folder, ...path), "utf8");

describe("where it goes", () => {
  test("a page goes beside the result, and its place is told", async () => {
    expect(await report(one)).toEqual({ code: 0, out: `Report: ${join(folder, "one.html")}\n`, err: "" });
    expect(await written("one.html")).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  });

  test("a page about several results gets a name of its own", async () => {
    await report(one, two);
    expect(await written("one-and-1-more.html")).toContain("Side by side</h2>");
  });

  test.each(["markdown", "json", "csv", "junit"])("--%s goes to standard output", async (form) => {
    const { code, out, err } = await report(`--${form}`, one);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("vhost-user");
    expect(await readdir(folder)).toEqual(["one.json", "two.json"]);
  });

  test("--out is a file, whose directories are made", async () => {
    await report("--csv", one, "--out", join(folder, "a", "b", "trials.csv"));
    expect(await written("a", "b", "trials.csv")).toMatch(/^topology,kind,/);
  });

  test.each([
    ["html", "one.html"],
    ["markdown", "one.md"],
    ["junit", "one.xml"],
  ])("--out is a directory: --%s goes to %s in it", async (form, name) => {
    await report(`--${form}`, one, "--out", `${join(folder, "site")}/`);
    expect(await readdir(join(folder, "site"))).toEqual([name]);
  });

  test("--out - is standard output", async () => {
    expect((await report(one, "--out", "-")).out).toMatch(/^<!doctype html>/);
  });

  test("--svg writes a file for each plot", async () => {
    const { out } = await report("--svg", one, "--out", join(folder, "plots"));
    const names = ["latency", "ratio", "throughput"].map((plot) => `pktgen-stats-${plot}.svg`);
    expect(await readdir(join(folder, "plots"))).toEqual(names);
    expect(out.trim().split("\n")).toHaveLength(3);
  });

  test("pictures of several results do not overwrite each other", async () => {
    await report("--svg", one, two);
    expect(await readdir(join(folder, "one-plots"))).toHaveLength(6);
  });
});

test("--json is the result as it was written, and several are an array", async () => {
  expect((await report("--json", one)).out).toBe(await written("one.json"));
  const several = JSON.parse((await report("--json", one, two)).out);
  expect(several).toEqual([JSON.parse(await written("one.json")), JSON.parse(await written("two.json"))]);
});

describe("refused, with what to do", () => {
  test("no result", async () => {
    expect((await report()).code).toBe(64);
  });

  test("two forms", async () => {
    expect(await report("--csv", "--json", one)).toMatchObject({
      code: 64,
      err: expect.stringContaining("'--json' cannot be used with option '--csv'"),
    });
  });

  test.each([
    ["a file that is not there", undefined, /none\.json: there is no such file\n {2}= help: /],
    ["no JSON", "name: lab", /this is not JSON\n {2}= help: /],
    ["something else", "{}", /none\.json: /],
    ["another version", '{"schema":"corebed/result/99"}', /corebed\/result\/99/],
  ])("%s: 65", async (_name, text, message) => {
    const path = join(folder, "none.json");
    if (text !== undefined) await writeFile(path, text);
    const { code, err } = await report(one, path);
    expect([code, err]).toEqual([65, expect.stringMatching(message)]);
    expect(await readdir(folder)).not.toContain("one.html");
  });

  test("to write over the result: 64", async () => {
    const before = await written("one.json");
    expect(await report("--json", one, "--out", one)).toMatchObject({
      code: 64,
      err: expect.stringContaining("is the result itself\n  = help: "),
    });
    expect(await written("one.json")).toBe(before);
  });

  test("pictures to standard output: 64", async () => {
    expect(await report("--svg", one, "--out", "-")).toMatchObject({
      code: 64,
      err: expect.stringContaining("= help:"),
    });
  });

  test("a place that cannot be written to: 69", async () => {
    const path = join(one, "page.html");
    expect(await report(two, "--out", path)).toMatchObject({
      code: 69,
      err: expect.stringContaining(`error: ${path}: cannot be written (`),
    });
  });
});
