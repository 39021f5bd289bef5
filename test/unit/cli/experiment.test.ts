import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { experiments } from "../../../src/cli/experiments.ts";
import { main } from "../../../src/cli/main.ts";
import type { Result } from "../../../src/measure/result.ts";
import { validateResult } from "../../../src/measure/validate-result.ts";
import { captureOutput, type Output } from "./capture-output.ts";

let folder: string;
let output: Output;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "corebed-experiment-"));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  output = captureOutput();
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const all = await experiments();

test("each opens with a question, is listed by its name, and carries it as the lab's", async () => {
  await main(["experiment", "list", "--json"]);
  const listed = JSON.parse(output.out) as readonly { readonly name: string; readonly question: string }[];
  expect(listed.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
  for (const { name, question, about, path } of all) {
    expect(question, name).toMatch(/^[A-Z].+\?$/);
    expect(about.length, name).toBeGreaterThan(40);
    expect(await readFile(path, "utf8"), name).toMatch(new RegExp(`^name: ${name}$`, "m"));
  }
});

test.each(all.map(({ name }) => name))("%s runs as it is, on a model", { timeout: 60_000 }, async (name) => {
  const path = join(folder, `${name}.json`);
  await main(["experiment", "run", name, "--simulate", "--trials", "1", "--seed", "1", "--out", path]);
  expect([undefined, 0, 1], output.err).toContain(process.exitCode);
  expect(output.out).toContain("What a packet costs");
  const checked = validateResult(JSON.parse(await readFile(path, "utf8")));
  expect(checked).toMatchObject({ ok: true, result: { complete: true, topology: { name } } });
});

test("what a step costs is told where a number was swept, and what makes no difference is said to make none", async () => {
  await main(["experiment", "run", "copies", "--simulate", "--seed", "1", "--out", join(folder, "copies.json")]);
  await expect(output.out.slice(output.out.indexOf("What a packet costs"))).toMatchFileSnapshot(
    "golden/experiment-copies.txt",
  );
  output.out = "";
  await main(["experiment", "run", "core-sharing", "--simulate", "--seed", "1", "--out", join(folder, "cores.json")]);
  expect(output.out).toContain("queueSize makes no difference that shows");
});

test("a name that is none is told with the ones that are", async () => {
  await main(["experiment", "run", "copys", "--simulate"]);
  expect(process.exitCode).toBe(64);
  expect(output.err).toContain(
    'there is no experiment copys\n  = help: did you mean "copies"? there are bandwidth, best-way,',
  );
});

test("what each named setting does is told against the first, with a verdict", { timeout: 60_000 }, async () => {
  const path = join(folder, "tuning.json");
  await main(["experiment", "run", "tuning", "--simulate", "--trials", "3", "--seed", "1", "--out", path]);
  const told = output.out.slice(output.out.indexOf("What a setting does"), output.out.indexOf("What a packet costs"));
  const { result } = validateResult(JSON.parse(await readFile(path, "utf8"))) as { readonly result: Result };
  const [, ...others] = result.arms;
  expect(told).toContain("against defaults");
  for (const { name } of others)
    expect(told).toMatch(new RegExp(`^${name} +\\d.* +(better|worse|the same|cannot tell) +3$`, "m"));
  output.out = "";
  await main(["experiment", "run", "copies", "--simulate", "--trials", "1", "--seed", "1", "--out", path]);
  expect(output.out).not.toContain("What a setting does");
});
