import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Arm } from "../../src/measure/result.ts";
import { validateResult } from "../../src/measure/validate-result.ts";
import { expectTraffic, setUpBed } from "./support/bed.ts";
import { pair, TRAFFIC } from "./support/topology.ts";

const bed = setUpBed("it-cmp");
const LAB = "it-cmp";

const both = (expect_: readonly string[]) =>
  pair(LAB, {
    traffic: { ...TRAFFIC, rate: "max" },
    compare: { datapaths: ["docker-bridge", "vhost-user"], repeats: 2 },
    expect: [...expect_],
  });

test("docker-bridge against vhost-user, as JSON and as a file", async () => {
  const file = await bed.write("lab.yaml", both(["throughput(vhost-user) >= throughput(docker-bridge)"]));
  const out = join(bed.directory(), "deep", "down", "result.json");
  const finished = await bed.expectExit(0, ["compare", file, "--json", "--out", out]);
  expect(finished.stderr).toBe("");

  const checked = validateResult(JSON.parse(finished.stdout));
  if (!checked.ok) throw new Error(checked.problems.join("\n"));
  const { result } = checked;
  expect(JSON.parse(await readFile(out, "utf8"))).toEqual(result);
  expectTraffic(result);
  expect(result).toMatchObject({ kind: "compare", complete: true, simulated: false });
  expect(result.arms.map((arm) => [arm.datapath, arm.frameBytes, asked(arm).length])).toEqual([
    ["docker-bridge", 64, 2],
    ["vhost-user", 64, 2],
  ]);
  // In turns, each pair the other way round.
  const inOrder = result.arms.flatMap(asked).toSorted((a, b) => a.index - b.index);
  expect(inOrder.map(({ arm }) => arm)).toEqual(["docker-bridge", "vhost-user", "vhost-user", "docker-bridge"]);
  for (const arm of result.arms) {
    for (const trial of arm.trials) expect(trial.throughputPps).toBeGreaterThan(1_000);
  }
  expect(result.arms[1]?.comparison?.ratioOfMedians).toBeGreaterThan(1);
  expect(result.expectations).toMatchObject([
    { text: "throughput(vhost-user) >= throughput(docker-bridge)", passed: true },
  ]);
  await bed.expectNoTrace();
});

test("an expectation that does not hold makes the exit code 1; the labs are removed all the same", async () => {
  const file = await bed.write("lab.yaml", both(["throughput(docker-bridge) >= 100 * throughput(vhost-user)"]));
  const out = join(bed.directory(), "result.json");
  const finished = await bed.expectExit(1, ["compare", file, "--out", out, "--repeats", "1"]);
  expect(finished.stdout).toMatch(/^docker-bridge +\d/m);
  expect(finished.stdout).toMatch(/^vhost-user +\d/m);
  expect(finished.stderr).toMatch(/trial 1\/2 +docker-bridge/);
  const result = await bed.readResult(out);
  expect(result.expectations.map((expectation) => expectation.passed)).toEqual([false]);
  expect(result.arms.map((arm) => asked(arm).length)).toEqual([1, 1]);
  await bed.expectNoTrace();
});

test("run: an expectation decides the exit code; without --out the result goes to results/", async () => {
  const good = await bed.write("good.yaml", pair(LAB, { expect: ["throughput >= 1kpps"] }));
  const finished = await bed.expectExit(0, ["run", good, "--trials", "1"]);
  const path = /^Result file: (results\/it-cmp-run-\d{8}T\d{6}Z\.json)$/m.exec(finished.stdout)?.[1] ?? "";
  expectTraffic(await bed.readResult(join(bed.directory(), path)));

  const bad = await bed.write("bad.yaml", pair(LAB, { expect: ["throughput >= 1Gpps"] }));
  await bed.expectExit(65, ["run", bad, "--trials", "1"]);
  const high = await bed.write("high.yaml", pair(LAB, { expect: ["throughput >= 900Mpps"] }));
  await bed.expectExit(1, ["run", high, "--trials", "1"]);
  await bed.expectNoTrace();
});

test("run --keep leaves the lab up, and a lab that was up before is left up", async () => {
  const file = await bed.write("lab.yaml", pair(LAB));
  await bed.measure(file, "--keep");
  await bed.expectExit(0, ["plan", file]);
  await bed.measure(file);
  await bed.expectExit(0, ["plan", file]);
});

test("compare without compare:, and a chain that cannot be measured", async () => {
  const file = await bed.write("lab.yaml", pair(LAB));
  expect((await bed.expectExit(65, ["compare", file])).stderr).toContain("has no compare:\n  = help: add for example");
  const backwards = await bed.write("backwards.yaml", pair(LAB, { chains: { main: ["sink", "gen"] } }));
  await bed.expectExit(65, ["run", backwards]);
  await bed.expectNoTrace();
});

/** The trials that were asked for: one that was disturbed is repeated besides. */
function asked(arm: Arm): Arm["trials"] {
  return arm.trials.filter(({ repeatOf }) => repeatOf === undefined);
}
