import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Goal } from "../../../../src/measure/search/goal.ts";
import { GOAL_PRESETS } from "../../../../src/measure/search/goal.ts";
import { mlrSearch } from "../../../../src/measure/search/mlr-search.ts";
import type { SearchOutcome } from "../../../../src/measure/search/outcome.ts";
import { methodOutcomeSchema } from "../../../../src/measure/search/outcome.ts";
import type { MethodProgress } from "../../../../src/measure/search/progress.ts";
import { bisect } from "./support/bisection.ts";
import { simulate } from "./support/simulate.ts";
import type { Noise } from "./support/systems.ts";
import { cleanStep, drifting, heavyTail, lossInversion, noisy, trueLoad } from "./support/systems.ts";

const LIMITS = { minLoadPps: 9001, maxLoadPps: 10e6, maxTrials: 2000, maxTotalMs: 1e9 };
const [NDR, PDR] = GOAL_PRESETS.csit;
const [RFC2544] = GOAL_PRESETS.rfc2544;
const ALL: readonly Goal[] = Object.values(GOAL_PRESETS).flat();
const capacity = () => fc.double({ min: 4.2, max: 7.2, noNaN: true }).map((exponent) => 10 ** exponent);

function only({ goals }: SearchOutcome) {
  const [first] = goals;
  if (first === undefined) throw new Error("no goal");
  return first;
}

describe("a system that passes everything up to its capacity", () => {
  test("every goal's interval holds the capacity and is narrow enough", async () => {
    await fc.assert(
      fc.asyncProperty(capacity(), fc.constantFrom(...Object.values(GOAL_PRESETS)), async (pps, goals) => {
        const outcome = await mlrSearch(goals, LIMITS, simulate(cleanStep(pps)).measure);
        expect(outcome.end).toBe("found");
        for (const { goal, lowerPps = 0, upperPps, width, limitedBy, conditionalThroughputPps } of outcome.goals) {
          const truth = pps / (1 - goal.lossRatio);
          expect(lowerPps).toBeLessThanOrEqual(truth * 1.00001);
          if (upperPps === undefined) {
            expect({ lowerPps, limitedBy }).toEqual({ lowerPps: LIMITS.maxLoadPps, limitedBy: "max-load" });
          } else {
            expect(upperPps).toBeGreaterThanOrEqual(truth * 0.99999);
            expect(width).toBeLessThanOrEqual(goal.width);
            expect(conditionalThroughputPps).toBeLessThanOrEqual(lowerPps);
          }
        }
        expect(methodOutcomeSchema.safeParse(outcome).error).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  test("never more trials of any length than plain bisection, whatever the goal and the range", async () => {
    await fc.assert(
      fc.asyncProperty(
        capacity(),
        fc.constantFrom(...ALL),
        fc.double({ min: 1e5, max: 20e6, noNaN: true }),
        async (pps, goal, maxLoadPps) => {
          const limits = { ...LIMITS, maxLoadPps };
          fc.pre(pps > limits.minLoadPps);
          const bisection = await bisect(goal, limits, simulate(cleanStep(pps)).measure);
          const { trials } = await mlrSearch([goal], limits, simulate(cleanStep(pps)).measure);
          expect(trials - 1).toBeLessThanOrEqual(bisection.trials.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("where it forwards less when overloaded: never more trials of the final duration, and with many to a load never more at all", async () => {
    await fc.assert(
      fc.asyncProperty(
        capacity(),
        fc.constantFrom(...ALL.filter(({ lossRatio }) => lossRatio === 0)),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        async (pps, goal, share) => {
          const system = cleanStep(pps, pps * share);
          const bisection = await bisect(goal, LIMITS, simulate(system).measure);
          const simulation = simulate(system);
          const found = only(await mlrSearch([goal], LIMITS, simulation.measure));
          expect(found.lowerPps).toBeLessThanOrEqual(pps * 1.00001);
          expect(found.finished).toBe(true);
          const own = simulation.trials.slice(1);
          const full = own.filter(({ durationMs }) => durationMs >= goal.finalTrialDurationMs);
          expect(full.length).toBeLessThanOrEqual(bisection.trials.length);
          const few = goal.durationSumMs / goal.finalTrialDurationMs <= 2;
          expect(own.length).toBeLessThanOrEqual(bisection.trials.length + (few ? 8 : 0));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("two goals at once take fewer trials than one after the other", async () => {
    const run = async (goals: readonly Goal[]) =>
      (await mlrSearch(goals, LIMITS, simulate(cleanStep(3_141_592)).measure)).trials;
    expect(await run([NDR, PDR])).toBeLessThan((await run([NDR])) + (await run([PDR])));
  });
});

describe("a noisy system", () => {
  const SEEDS = 100;

  test("the interval holds the load at which half of the trials are lossy, in at least 95 % of the seeds", async () => {
    let inside = 0;
    let trials = 0;
    let bisected = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const noise: Noise = { capacityPps: 1e6 * (1 + seed / 40), spread: 0.001, strayShare: 0.05, strayLoss: 2e-4 };
      const outcome = await mlrSearch([NDR, PDR], LIMITS, simulate(noisy(noise), { seed }).measure);
      trials += outcome.trials;
      for (const { goal, lowerPps = 0, upperPps = 0, width } of outcome.goals) {
        const truth = trueLoad(noise, goal);
        if (lowerPps <= truth && truth <= upperPps) inside += 1;
        expect(width).toBeLessThanOrEqual(goal.width);
      }
      if (seed <= 10) bisected += (await bisect(NDR, LIMITS, simulate(noisy(noise), { seed }).measure)).trials.length;
    }
    expect(inside / SEEDS / 2).toBeGreaterThanOrEqual(0.95);
    expect(trials / SEEDS).toBeLessThan(bisected / 10);
  });

  test("the true value of the model is where it says: that share of its trials is lossy there", async () => {
    const noise: Noise = { capacityPps: 2e6, spread: 0.01, strayShare: 0.2, strayLoss: 0.002 };
    for (const goal of [NDR, PDR, { ...NDR, exceedRatio: 0.3 }]) {
      const { measure } = simulate(noisy(noise), { seed: 5 });
      let lossy = 0;
      for (let i = 0; i < 10_000; i += 1) {
        const { offered, received } = await measure({
          loadPps: trueLoad(noise, goal),
          durationMs: 1000,
          purpose: "check",
        });
        if (offered - received > offered * goal.lossRatio) lossy += 1;
      }
      expect(lossy / 10_000).toBeCloseTo(goal.exceedRatio, 1.7);
    }
  });

  test("drift and heavy tails do not keep it from coming to an end", async () => {
    for (const system of [drifting(2e6, -0.001), drifting(2e6, 0.001), heavyTail(2e6, 0.002)]) {
      for (let seed = 1; seed <= 10; seed += 1) {
        const outcome = await mlrSearch([NDR, PDR], LIMITS, simulate(system, { seed }).measure);
        expect(outcome.end).toBe("found");
        for (const { goal, width } of outcome.goals) expect(width).toBeLessThanOrEqual(goal.width);
      }
    }
  });

  test("the median of a heavy tail, not its worst trial, is what a goal with exceed ratio 0.5 finds", async () => {
    const found = only(await mlrSearch([PDR], LIMITS, simulate(heavyTail(2e6, 0.0005), { seed: 3 }).measure));
    // Half of the trials lack more than scale x (2^(1/1.2) - 1) = 0.04 %.
    expect(found.lowerPps).toBeGreaterThan(2e6 * 0.99);
  });
});

describe("what limits a goal", () => {
  test("a generator that falls short: no load that it did not reach is a lower bound", async () => {
    const found = only(await mlrSearch([NDR], LIMITS, simulate(cleanStep(8e6), { generatorPps: 3e6 }).measure));
    expect(found.limitedBy).toBe("generator");
    expect(found.finished).toBe(true);
    expect(found.lowerPps).toBeLessThanOrEqual(3e6);
    expect(found.lowerPps).toBeGreaterThan(2.98e6);
    expect(found.detail).toContain("generator could not keep up");
  });

  test("a goal so lossy that the unsent packets would pass it is limited by the generator all the same", async () => {
    const goal = { ...NDR, lossRatio: 0.2 };
    const found = only(await mlrSearch([goal], LIMITS, simulate(cleanStep(8e6), { generatorPps: 3e6 }).measure));
    expect(found.limitedBy).toBe("generator");
    expect(found.lowerPps).toBeLessThanOrEqual(3e6 / 0.99);
  });

  test("without a maximum load, what the generator sends is it", async () => {
    const { maxLoadPps: _, ...limits } = LIMITS;
    const outcome = await mlrSearch([NDR], limits, simulate(cleanStep(8e6), { generatorPps: 3e6 }).measure);
    expect(outcome).toMatchObject({ end: "found", maxLoadFrom: "generator" });
    expect(outcome.maxLoadPps).toBeLessThanOrEqual(3e6);
    expect(outcome.maxLoadPps).toBeGreaterThan(2.999e6);
    expect(only(outcome)).toMatchObject({ lowerPps: outcome.maxLoadPps, limitedBy: "generator", finished: true });
    expect(only(outcome).upperPps).toBeUndefined();
  });

  test("even the lowest load fails", async () => {
    const found = only(await mlrSearch([NDR], LIMITS, simulate(cleanStep(5000)).measure));
    expect(found).toMatchObject({ upperPps: 9001, limitedBy: "min-load", finished: true });
    expect(found.lowerPps).toBeUndefined();
  });

  test("loss inversion: a load that passes above one that fails does not count", async () => {
    // The warm-up's forwarding rate leads to 4 Mpps, all that it needs is in order there: what is below is not looked at.
    const hidden = only(await mlrSearch([NDR], LIMITS, simulate(lossInversion(4e6, [1e6, 1.5e6], 0.01)).measure));
    expect(hidden.lowerPps).toBeGreaterThan(3.9e6);
    // Where the steps down come across the band, a load above it that passes does not count.
    const seen = only(await mlrSearch([NDR], LIMITS, simulate(lossInversion(4e6, [3.9e6, 3.995e6], 0.01)).measure));
    expect(seen.lowerPps).toBeLessThan(3.9e6);
    expect(seen.lowerPps).toBeGreaterThan(3.8e6);
    // The PDR is approached first and passes above the band; the NDR's trials then show what is below.
    const both = await mlrSearch([PDR, NDR], LIMITS, simulate(lossInversion(4e6, [3.98e6, 3.995e6], 0.01)).measure);
    expect(both.goals[0]).toMatchObject({ goal: { name: "PDR" }, lossInversion: true, finished: true });
    expect(both.goals[0]?.upperPps).toBeLessThan(3.995e6);
  });
});

describe("bounds and trouble", () => {
  test("a bound on trials ends it with what it has", async () => {
    for (let maxTrials = 1; maxTrials < 25; maxTrials += 1) {
      const outcome = await mlrSearch([NDR, PDR], { ...LIMITS, maxTrials }, simulate(cleanStep(2e6)).measure);
      expect(outcome.trials).toBeLessThanOrEqual(maxTrials);
      expect(outcome.end).toBe("trial-limit");
      const [ndr] = outcome.goals;
      if (ndr?.finished === false) expect(ndr.detail).toContain("not finished");
      expect(methodOutcomeSchema.safeParse(outcome).error).toBeUndefined();
    }
  });

  test("a bound on time is not overstepped, overhead included", async () => {
    const simulation = simulate(cleanStep(2e6), { overheadMs: 500 });
    const outcome = await mlrSearch([RFC2544], { ...LIMITS, maxTotalMs: 30_000 }, simulation.measure);
    expect(outcome.end).toBe("time-limit");
    expect(outcome.trialTimeMs).toBeLessThanOrEqual(30_000);
    expect(only(outcome).finished).toBe(false);
  });

  test("a disturbed trial is run again, and counts for nothing", async () => {
    const run = (isDisturbed: (trial: number) => boolean) =>
      mlrSearch([NDR], LIMITS, simulate(cleanStep(2e6), { isDisturbed }).measure);
    const calm = await run(() => false);
    const disturbed = await run((trial) => trial % 4 === 2);
    expect(only(disturbed).lowerPps).toBe(only(calm).lowerPps);
    expect(disturbed.trials).toBeGreaterThan(calm.trials);
    expect((await run(() => true)).end).toBe("unusable-trials");
  });

  test("a generator that sends nothing", async () => {
    const outcome = await mlrSearch([NDR], LIMITS, simulate(cleanStep(2e6), { generatorPps: 0 }).measure);
    expect(outcome).toMatchObject({ end: "no-traffic", trials: 1 });
  });

  test("what measure rejects with ends it", async () => {
    await expect(mlrSearch([NDR], LIMITS, () => Promise.reject(new Error("cable")))).rejects.toThrow("cable");
  });

  test("progress counts down to nothing and its intervals are the result's", async () => {
    const seen: MethodProgress[] = [];
    const outcome = await mlrSearch([NDR, PDR], LIMITS, simulate(cleanStep(2e6)).measure, {
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen.map(({ trials }) => trials)).toEqual(Array.from({ length: outcome.trials }, (_, i) => i + 1));
    expect(seen.at(-1)).toMatchObject({ trialsLeft: 0, timeLeftMs: 0 });
    expect(seen.at(-1)?.intervals[0]).toEqual({
      goal: "NDR",
      lowerPps: outcome.goals[0]?.lowerPps,
      upperPps: outcome.goals[0]?.upperPps,
      finished: true,
    });
  });

  test("the first estimate for one goal is near what it takes", async () => {
    const seen: MethodProgress[] = [];
    for (const goal of [NDR, RFC2544]) {
      seen.length = 0;
      const { trials } = await mlrSearch([goal], LIMITS, simulate(cleanStep(2e6)).measure, {
        onProgress: (progress) => seen.push(progress),
      });
      expect(Math.abs((seen[0]?.trialsLeft ?? 0) + 1 - trials)).toBeLessThanOrEqual(5);
    }
  });
});
