import { describe, expect, test } from "vitest";
import { bufferTimes } from "../../../../src/measure/search/back-to-back.ts";
import { GOAL_PRESETS } from "../../../../src/measure/search/goal.ts";
import type { Method, MethodOf } from "../../../../src/measure/search/method.ts";
import { LATENCY_SHARES, methodSchema } from "../../../../src/measure/search/method.ts";
import type { OutcomeOf } from "../../../../src/measure/search/outcome.ts";
import { methodOutcomeSchema } from "../../../../src/measure/search/outcome.ts";
import type { MethodProgress } from "../../../../src/measure/search/progress.ts";
import { runMethod } from "../../../../src/measure/search/run-method.ts";
import type { Measure } from "../../../../src/measure/search/search-trial.ts";
import type { SimulationOptions } from "./support/simulate.ts";
import { simulate } from "./support/simulate.ts";
import type { System } from "./support/systems.ts";
import { cleanStep, drifting } from "./support/systems.ts";

/** Runs a method, and checks what every method promises: both ends are valid by their schemas, and progress ends at nothing left. */
async function run<M extends Method>(method: M, measure: Measure): Promise<OutcomeOf<M["kind"]>> {
  expect(methodSchema.safeParse(method).error).toBeUndefined();
  const seen: MethodProgress[] = [];
  const outcome = await runMethod(method, measure, { onProgress: (progress) => seen.push(progress) });
  expect(methodOutcomeSchema.safeParse(outcome).error).toBeUndefined();
  expect(outcome.kind).toBe(method.kind);
  expect(seen.length).toBeGreaterThan(0);
  return outcome as OutcomeOf<M["kind"]>;
}
const on = (system: System, options?: SimulationOptions) => simulate(system, options).measure;

describe("fixed rate and maximum rate", () => {
  test("as many trials as asked at the load asked", async () => {
    const { points } = await run({ kind: "fixed-rate", loadPps: 1e6, durationMs: 100, trials: 3 }, on(cleanStep(8e5)));
    expect(points.map(({ trial, loadPps }) => [trial, loadPps])).toEqual([0, 1, 2].map((trial) => [trial, 1e6]));
    expect(points[0]?.lossRatio).toBeCloseTo(0.2, 9);
  });

  test("the maximum rate is the mean of the usable trials, with its standard deviation", async () => {
    const measure = on(drifting(1e6, 0.1), { isDisturbed: (trial) => trial === 1 });
    const outcome = await run({ kind: "max-rate", durationMs: 1000, trials: 3 }, measure);
    expect(outcome.forwardingPps).toBeCloseTo((1e6 + 1.21e6) / 2, -1);
    expect(outcome.standardDeviationPps).toBeCloseTo(0.21e6 / Math.SQRT2, -1);
    expect(outcome.points).toHaveLength(3);
  });
});

describe("loss curve", () => {
  const method = { kind: "loss-curve", maxLoadPps: 10e6, stepRatio: 0.1, durationMs: 1000 } as const;

  test("goes down in steps until two successive loads lose nothing", async () => {
    const outcome = await run(method, on(cleanStep(7.5e6)));
    expect(outcome.points.map(({ loadPps }) => loadPps)).toEqual([10e6, 9e6, 8e6, 7e6, 6e6]);
    expect(outcome.points.map(({ lossRatio }) => Math.round(lossRatio * 1000))).toEqual([250, 167, 63, 0, 0]);
    expect(outcome.lossFree).toBe(true);
  });

  test("ends at the lowest step of a system that always loses", async () => {
    const outcome = await run(method, on({ forward: (load) => load * 0.9 }));
    expect(outcome.points).toHaveLength(10);
    expect(outcome.lossFree).toBe(false);
  });

  test("100 % is what the generator sends where nothing else was said, and a load it misses is not loss-free", async () => {
    const { maxLoadPps: _, ...open } = method;
    const free = await run(open, on(cleanStep(7.5e6), { generatorPps: 5e6 }));
    expect(free).toMatchObject({ maxLoadPps: 5e6, lossFree: true });
    const asked = await run(method, on(cleanStep(20e6), { generatorPps: 5e6 }));
    expect(asked.points.filter(({ lossRatio }) => lossRatio === 0).map(({ loadPps }) => loadPps)).toEqual([5e6, 4e6]);
  });

  test("a disturbed trial is repeated and stays in the curve", async () => {
    const outcome = await run(method, on(cleanStep(20e6), { isDisturbed: (trial) => trial === 0 }));
    expect(outcome.points.map(({ usable }) => usable)).toEqual([false, true, true]);
  });
});

describe("back to back", () => {
  const CAPACITY = 2e6;
  const BUFFER = 4096;
  /** Drains at its capacity into a buffer: a burst of n packets at r packets per second overflows when n x (1 - capacity / r) is over the buffer's size. */
  const buffered = (burstPps: number): Measure => {
    let trial = 0;
    return async ({ loadPps, durationMs, packets }) => {
      const offered = packets ?? Math.round((burstPps * durationMs) / 1000);
      const lost = Math.max(0, Math.ceil(offered * (1 - CAPACITY / burstPps)) - BUFFER);
      trial += 1;
      return {
        trial: trial - 1,
        loadPps,
        durationMs,
        effectiveDurationMs: durationMs,
        offered,
        received: offered - lost,
        sentPps: burstPps,
        forwardingPps: CAPACITY,
        reached: true,
        usable: true,
      };
    };
  };
  const method: MethodOf<"back-to-back"> = {
    kind: "back-to-back",
    loadPps: "max",
    maxBurstMs: 2000,
    resolution: 0.001,
    repeats: 3,
    throughputPps: CAPACITY,
    maxTrials: 500,
  };

  test("finds the size of the buffer", async () => {
    const outcome = await run(method, buffered(10e6));
    expect(outcome.finished).toBe(true);
    expect(outcome.bursts).toHaveLength(3);
    // 4,096 packets are left over of 5,120 while a fifth drains.
    expect(outcome.meanPackets).toBeGreaterThan(5120 * 0.998);
    expect(outcome.meanPackets).toBeLessThanOrEqual(5120);
    expect((outcome.correctedBufferSeconds ?? 0) * 10e6).toBeCloseTo(BUFFER, -1);
    expect(outcome.standardDeviationPackets).toBe(0);
  });

  test("the longest burst allowed passes: the result is a limit", async () => {
    const outcome = await run(method, buffered(1.5e6));
    expect(outcome.bursts[0]).toMatchObject({ packets: 3e6, limited: true });
    expect(outcome.trials).toBe(3);
    expect(outcome.correctedBufferSeconds).toBeUndefined();
  });

  test("a system that loses even single packets, and a bound on trials", async () => {
    const none = await run({ ...method, repeats: 1 }, on({ forward: () => 0 }, { generatorPps: 1e6 }));
    expect(none.bursts[0]).toMatchObject({ packets: 0, limited: false });
    const bounded = await run({ ...method, maxTrials: 30 }, buffered(10e6));
    expect(bounded).toMatchObject({ finished: false, trials: 30 });
    expect(bounded.bursts.length).toBe(1);
  });

  test("buffer times by RFC 9004", () => {
    const times = bufferTimes(30_000, 14_880_952, 9_000_000);
    expect(times.impliedBufferSeconds).toBeCloseTo(0.002016, 6);
    expect(times.correctedBufferSeconds).toBeCloseTo(0.002016 * (1 - 9_000_000 / 14_880_952), 6);
  });
});

describe("latency profile", () => {
  const search: MethodOf<"search"> = {
    kind: "search",
    goals: GOAL_PRESETS.quick,
    minLoadPps: 9001,
    maxLoadPps: 10e6,
    maxTrials: 400,
    maxTotalMs: 1e6,
  };
  const method = {
    kind: "latency-profile",
    of: search,
    shares: LATENCY_SHARES,
    minLoadPps: 9001,
    durationMs: 1000,
    trials: 1,
  } as const;

  test("measures at the lowest load and at shares of the last goal's lower bound", async () => {
    const outcome = await run(method, on(cleanStep(4e6)));
    const pdr = outcome.search?.goals.at(-1)?.lowerPps ?? 0;
    expect(pdr).toBeGreaterThan(3.98e6);
    expect(outcome.points.map(({ share, loadPps }) => [share, loadPps])).toEqual([
      [0, 9001],
      [0.1, Math.round(pdr * 0.1)],
      [0.5, Math.round(pdr * 0.5)],
      [0.9, Math.round(pdr * 0.9)],
    ]);
  });

  test("a load that is given needs no search; a search that finds nothing leaves nothing to measure", async () => {
    const given = await run({ ...method, of: 2e6, trials: 2 }, on(cleanStep(4e6)));
    expect(given.points).toHaveLength(8);
    expect(given.search).toBeUndefined();
    const nothing = await run(method, on(cleanStep(100)));
    expect(nothing.points).toEqual([]);
    expect(nothing.ofPps).toBeUndefined();
  });
});

describe("soak", () => {
  const method = { kind: "soak", loadPps: 1e6, intervalMs: 1000, totalMs: 10_000, stopWhen: {} } as const;

  test("a series of intervals to its end", async () => {
    const outcome = await run(method, on(cleanStep(5e6)));
    expect(outcome.points).toHaveLength(10);
    expect(outcome).toMatchObject({ totalMs: 10_000 });
    expect(outcome.endedEarly).toBeUndefined();
  });

  test("ends at the first interval that breaks a limit, unless it was disturbed", async () => {
    const decaying = drifting(1.05e6, -0.02);
    const stopWhen = { lossRatioAbove: 0.01 };
    const ended = await run({ ...method, stopWhen }, on(decaying));
    expect(ended.points).toHaveLength(4);
    expect(ended.endedEarly).toContain("Interval 4 lost");
    const later = await run({ ...method, stopWhen }, on(decaying, { isDisturbed: (trial) => trial === 3 }));
    expect(later.points).toHaveLength(5);
    const slow = await run({ ...method, stopWhen: { forwardingPpsBelow: 0.95e6 } }, on(decaying));
    expect(slow.endedEarly).toContain("forwarded");
  });
});
