import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NOISE_MODELS } from "../../../../bench/noise-models.ts";
import { comparisonSchema, type NoiseFloor, type Observation } from "../../../../src/measure/statistics/comparison.ts";
import { effectSize, magnitudeOf } from "../../../../src/measure/statistics/effect-size.ts";
import { judge } from "../../../../src/measure/statistics/judge.ts";
import { noiseFloor } from "../../../../src/measure/statistics/noise-floor.ts";
import { seededRandom } from "../../../../src/measure/statistics/seeded-random.ts";

const rounds = (...values: readonly number[]): readonly Observation[] =>
  values.map((value, round) => ({ value, round }));
const alone = (...values: readonly number[]): readonly Observation[] =>
  values.map((value) => ({ value, round: undefined }));
const floorOf = (ratio: number): NoiseFloor => ({ ratio, comparisons: 40, trials: 10, coverage: 0.95 });

/** About 100, within 3 %. */
const STEADY: readonly number[] = [100, 101.3, 98.2, 99.1, 102.4, 100.7, 97.6, 101.9, 99.6, 98.8];
const times = (factor: number) => STEADY.map((value, index) => value * factor * (1 + ((index % 3) - 1) / 200));

function verdict(values: readonly Observation[], baseline: readonly Observation[], floor?: NoiseFloor) {
  const comparison = judge({ values, baseline, noiseFloor: floor });
  expect(comparisonSchema.parse(comparison)).toEqual(comparison);
  return `${comparison.verdict}: ${comparison.reason}`;
}

describe("judge", () => {
  test("calls a difference, and in which direction", () => {
    expect(verdict(rounds(...times(1.1)), rounds(...STEADY))).toBe("better: difference");
    expect(verdict(rounds(...times(0.9)), rounds(...STEADY))).toBe("worse: difference");
    expect(verdict(alone(...times(1.1)), alone(...STEADY))).toBe("better: difference");
  });

  test("calls the same what is within 5 % for sure", () => {
    expect(verdict(rounds(...times(1)), rounds(...STEADY))).toBe("same: within-same-band");
    expect(verdict(rounds(...times(1.02)), rounds(...STEADY))).toBe("same: within-same-band");
    expect(verdict(rounds(7, 7, 7, 7, 7), rounds(7, 7, 7, 7, 7))).toBe("same: within-same-band");
  });

  test("cannot tell from few trials, from trials all over the place, or without rates", () => {
    expect(verdict(rounds(1, 1, 1, 1), rounds(2, 2, 2, 2))).toBe("unknown: too-few-trials");
    expect(verdict([], [])).toBe("unknown: too-few-trials");
    expect(verdict(rounds(1, 9, 2, 8, 3), rounds(4, 6, 1, 9, 2))).toBe("unknown: interval-includes-one");
    expect(verdict(rounds(1, 2, 3, 4, 5), rounds(0, 0, 0, 0, 0))).toBe("unknown: no-ratio");
  });

  test("knows what the host does to equals", () => {
    const [better, baseline] = [rounds(...times(1.1)), rounds(...STEADY)];
    expect(verdict(better, baseline, floorOf(1.05))).toBe("better: difference");
    expect(verdict(better, baseline, floorOf(1.12))).toBe("unknown: inside-noise-floor");
    expect(verdict(rounds(...times(0.9)), baseline, floorOf(1.12))).toBe("unknown: inside-noise-floor");
    expect(verdict(rounds(...times(1)), baseline, floorOf(1.12))).toBe("unknown: noise-floor-too-wide");
  });

  test("sees through a host that halves its speed for some rounds, as both arms have them", () => {
    const phase = STEADY.map((_, round) => (round % 5 < 2 ? 0.5 : 1));
    const [slow, fast] = [STEADY.map((v, i) => v * (phase[i] ?? 1)), times(1.1).map((v, i) => v * (phase[i] ?? 1))];
    const paired = judge({ values: rounds(...fast), baseline: rounds(...slow), noiseFloor: undefined });
    expect(paired).toMatchObject({ method: "paired-rounds", pairs: 10, verdict: "better" });
    expect(paired.ratio).toBeCloseTo(1.1, 2);
    expect(verdict(alone(...fast), alone(...slow))).toBe("unknown: interval-includes-one");
  });

  test("sees past single trials that went badly wrong", () => {
    const [values, baseline] = [times(1.2), [...STEADY]];
    values[3] = 0;
    baseline[7] = 20;
    const comparison = judge({ values: rounds(...values), baseline: rounds(...baseline), noiseFloor: undefined });
    expect(comparison).toMatchObject({ method: "independent-trials", verdict: "better" });
  });

  test("pairs only rounds that both have", () => {
    const some = rounds(...times(1.1)).filter(({ round }) => round !== 2 && round !== 5);
    expect(judge({ values: some, baseline: rounds(...STEADY), noiseFloor: undefined })).toMatchObject({
      n: 8,
      pairs: 8,
    });
  });

  test("turned round says the opposite, and does not depend on the unit", () => {
    const rates = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 5, maxLength: 12 });
    const opposite = { better: "worse", worse: "better", same: "same", unknown: "unknown" } as const;
    fc.assert(
      fc.property(rates, rates, (a, b) => {
        const there = judge({ values: rounds(...a), baseline: rounds(...b), noiseFloor: undefined });
        const back = judge({ values: rounds(...b), baseline: rounds(...a), noiseFloor: undefined });
        expect(back.verdict).toBe(opposite[there.verdict]);
        expect((back.ratio ?? 0) * (there.ratio ?? 0)).toBeCloseTo(1, 6);
        const kilo = (values: readonly number[]) => rounds(...values.map((value) => value * 1024));
        const larger = judge({ values: kilo(a), baseline: kilo(b), noiseFloor: undefined });
        expect(larger.ratio).toBeCloseTo(there.ratio ?? 0, 6);
      }),
    );
  });

  test.each(NOISE_MODELS)("calls equals that took turns different in under 7 of 100: $name", ({ factors }) => {
    const called = Array.from({ length: 200 }, (_, seed) => {
      const noise = factors(seededRandom(seed), 20);
      const arms: [Observation[], Observation[]] = [[], []];
      for (const [turn, value] of noise.entries()) {
        const round = Math.floor(turn / 2);
        arms[(turn + round) % 2]?.push({ value, round });
      }
      return judge({ values: arms[0], baseline: arms[1], noiseFloor: undefined }).reason === "difference";
    });
    expect(called.filter(Boolean).length).toBeLessThan(14);
  });
});

test("effectSize is the share of pairs that are higher less that of those that are lower", () => {
  expect(effectSize([3, 4], [1, 2])).toEqual({ cliffsDelta: 1, a12: 1, magnitude: "large" });
  expect(effectSize([1, 2], [1, 2])).toEqual({ cliffsDelta: 0, a12: 0.5, magnitude: "negligible" });
  expect(effectSize([1, 3], [2, 2, 4])?.cliffsDelta).toBeCloseTo(-2 / 6, 12);
  expect(effectSize([], [1])).toBeUndefined();
});

test.each([
  [0.1469, "negligible"],
  [-0.147, "small"],
  [0.33, "medium"],
  [-0.474, "large"],
] as const)("an effect of %d is %s", (delta, word) => {
  expect(magnitudeOf(delta)).toBe(word);
});

describe("noiseFloor", () => {
  const of = (...ratios: readonly number[]) => noiseFloor(ratios.map((ratio) => ({ ratio, trials: 10 })));

  test("of few comparisons is the furthest of them, in either direction, with the chance that this gives", () => {
    expect(of(1.02, 0.9, 1.05)).toEqual({
      ratio: expect.closeTo(1 / 0.9, 9),
      comparisons: 3,
      trials: 10,
      coverage: 0.75,
    });
    expect(of(1)).toMatchObject({ ratio: 1, coverage: 0.5 });
    expect(of()).toBeUndefined();
    expect(of(Number.NaN)).toBeUndefined();
  });

  test("of many leaves out the odd one", () => {
    const ratios = Array.from({ length: 39 }, (_, index) => 1 + index / 1000);
    expect(of(...ratios, 3)).toMatchObject({ ratio: expect.closeTo(1.038, 9), coverage: 0.95 });
  });

  test("holds 95 % of the comparisons to come", () => {
    const random = seededRandom(3);
    const inside = Array.from({ length: 1000 }, () => {
      const draw = () => Math.exp((random() + random() + random() - 1.5) / 10);
      return Math.abs(Math.log(draw())) <= Math.log(of(...Array.from({ length: 40 }, draw))?.ratio ?? 1);
    });
    expect(inside.filter(Boolean).length).toBeGreaterThan(925);
  });
});
