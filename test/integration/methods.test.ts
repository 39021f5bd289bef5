import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { setUpBed } from "./support/bed.ts";
import { pair } from "./support/topology.ts";

const bed = setUpBed("it-method");

const SHORT = {
  goals: { PDR: { loss: "20%", duration: "200ms", sum: "400ms", initial: "100ms", width: "20%" } },
  maxTrials: 20,
  repeats: 2,
  longestBurst: "5ms",
  interval: "100ms",
  shares: [0.5],
};
const lab = (other = {}) =>
  pair("it-method", {
    traffic: { duration: "200ms", warmup: "50ms" },
    measure: { method: "ndr-pdr", ...SHORT },
    ...other,
  });

describe("each method measures a real lab", () => {
  test("ndr-pdr: bounds around a throughput, which expectations can name", async () => {
    const file = await bed.write("lab.yaml", lab({ expect: ["pdr >= 1pps"] }));
    const result = await bed.measure(file);
    const outcome = result.arms[0]?.outcome;
    if (outcome?.kind !== "search") throw new Error(`no search but ${outcome?.kind}`);
    const [goal] = outcome.goals;
    expect(goal?.lowerPps).toBeGreaterThan(9000);
    if (goal?.upperPps !== undefined) expect(goal.upperPps).toBeGreaterThan(goal.lowerPps ?? 0);
    expect(outcome.trials).toBe(result.arms[0]?.trials.filter(({ repeatOf }) => repeatOf === undefined).length);
    expect(result.expectations).toMatchObject([{ passed: true }]);
    await bed.expectNoTrace();
  });

  test.each(["max", "latency", "soak", "back-to-back", "loss-curve"])("%s", async (method) => {
    const result = await bed.measure(await bed.write("lab.yaml", lab()), "--measure", method);
    expect(result.complete).toBe(true);
    expect(result.arms[0]?.outcome?.kind).toBe({ max: "max-rate", latency: "latency-profile" }[method] ?? method);
    expect(result.arms[0]?.trials.length).toBeGreaterThan(0);
  });
});

describe("a sweep", () => {
  const sweep = {
    traffic: { rate: "10kpps", duration: "200ms", warmup: "50ms" },
    measure: { method: "rate" as const, trials: 1 },
    sweep: { datapath: ["vhost-user", "docker-bridge"], frame: [64, 512] },
  };

  test("measures every combination in one result, in labs that are shared where only traffic differs", async () => {
    const file = await bed.write("lab.yaml", lab(sweep));
    const out = join(bed.directory(), "sweep.json");
    await bed.expectExit(0, ["sweep", file, "--out", out]);
    const result = await bed.readResult(out);
    expect(result.arms.map(({ name }) => name)).toEqual([
      "datapath=vhost-user frame=64",
      "datapath=vhost-user frame=512",
      "datapath=docker-bridge frame=64",
      "datapath=docker-bridge frame=512",
    ]);
    expect(Object.keys(result.labs)).toHaveLength(2);
    for (const arm of result.arms) expect(arm.trials.length, arm.name).toBeGreaterThanOrEqual(1);
    await bed.expectNoTrace();
  });

  test("goes on after an interruption with what was measured", async () => {
    const file = await bed.write("lab.yaml", lab({ ...sweep, measure: { method: "rate", trials: 3 } }));
    const out = join(bed.directory(), "cut.json");
    const running = bed.start(["sweep", file, "--out", out]);
    await running.says(/trial +3\//);
    running.kill("SIGINT");
    expect((await running.finished).code).toBe(130);
    const cut = await bed.readResult(out);
    expect(cut.complete).toBe(false);
    const kept = cut.arms.flatMap(({ trials }) => trials).filter(({ complete }) => complete).length;
    expect(kept).toBeGreaterThanOrEqual(3);
    await bed.expectExit(0, ["sweep", "--resume", out]);
    const whole = await bed.readResult(out);
    expect(whole.complete).toBe(true);
    expect(whole.startedAt).toBe(cut.startedAt);
    for (const arm of whole.arms) {
      expect(
        arm.trials.filter(({ repeatOf }) => repeatOf === undefined),
        arm.name,
      ).toHaveLength(3);
    }
    const again = await bed.expectExit(65, ["sweep", "--resume", out]);
    expect(again.stderr).toContain("complete");
  });
});

test("explain names a limit with figures, for the newest result too", async () => {
  const file = await bed.write("lab.yaml", lab({ measure: "max" }));
  await bed.expectExit(0, ["run", file, "--trials", "1"]);
  const told = await bed.expectExit(0, ["explain"]);
  expect(told.stdout).toMatch(/^results\/it-method-run-.*\.json:$/m);
  expect(told.stdout).toMatch(/^ {2}try {4}\S/m);
  expect(told.stdout).toMatch(/poll-mode thread on CPU 0: [\d.]+ % busy/);
});

test("calibrate puts this host's noise on record", async () => {
  const file = await bed.write(
    "lab.yaml",
    lab({ measure: { method: "rate" }, traffic: { rate: "10kpps", duration: "100ms", warmup: "0ms" } }),
  );
  const env = { COREBED_STATE_DIRECTORY: bed.directory() };
  const finished = await bed.expectExit(
    0,
    ["calibrate", file, "--comparisons", "2", "--trials", "5", "--out", join(bed.directory(), "c.json")],
    { env },
  );
  expect(finished.stdout).toMatch(/^Noise floor: equals came out up to [\d.]+x apart/m);
  const kept = JSON.parse(await readFile(join(bed.directory(), "noise-floors.json"), "utf8"));
  expect(kept.floors).toHaveLength(1);
  expect(kept.floors[0]).toMatchObject({ floor: { comparisons: 2 } });
  // Five, less those that stayed disturbed when they were repeated.
  for (const { trials } of [kept.floors[0].floor, kept.floors[0].sessionFloor]) {
    expect(trials).toBeGreaterThan(0);
    expect(trials).toBeLessThanOrEqual(5);
  }
});
