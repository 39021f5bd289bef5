import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ratioInterval, seededRandom } from "../../../src/measure/bootstrap.ts";
import { verdictOf } from "../../../src/measure/verdict.ts";

const rates = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 5, maxLength: 12 });
const seeded = (seed = 1) => ({ random: seededRandom(seed), resamples: 200 });

describe("ratioInterval", () => {
  test("of trials that are all alike is the ratio itself", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 1, max: 10_000_000 }), (a, b) => {
        const interval = ratioInterval(Array(5).fill(a), Array(5).fill(b), seeded());
        expect(interval).toEqual({ low: a / b, high: a / b, confidence: 0.95 });
      }),
    );
  });

  test("stays within the most extreme ratios of single trials, and is the same for the same seed", () => {
    fc.assert(
      fc.property(rates, rates, fc.integer(), (a, b, seed) => {
        const interval = ratioInterval(a, b, seeded(seed));
        expect(interval).toEqual(ratioInterval(a, b, seeded(seed)));
        expect(interval?.low).toBeGreaterThanOrEqual(Math.min(...a) / Math.max(...b));
        expect(interval?.high).toBeLessThanOrEqual(Math.max(...a) / Math.min(...b));
        expect(interval?.low).toBeLessThanOrEqual(interval?.high ?? 0);
      }),
      { numRuns: 50 },
    );
  });

  test("covers the true ratio of noisy rates about as often as it says", () => {
    const random = seededRandom(7);
    const noisy = (rate: number) => Array.from({ length: 9 }, () => rate * (0.9 + 0.2 * random()));
    const covered = Array.from({ length: 200 }, () => {
      const interval = ratioInterval(noisy(20), noisy(10), { random, resamples: 400 });
      return interval !== undefined && interval.low <= 2 && interval.high >= 2;
    }).filter(Boolean).length;
    expect(covered).toBeGreaterThan(180);
  });

  test("needs five trials in both arms", () => {
    expect(ratioInterval([1, 2, 3, 4], [1, 2, 3, 4, 5], seeded())).toBeUndefined();
    expect(ratioInterval([1, 2, 3, 4, 5], [1, 2, 3, 4], seeded())).toBeUndefined();
  });

  test("has no interval against an arm that delivered nothing", () => {
    expect(ratioInterval([1, 2, 3, 4, 5], [0, 0, 0, 0, 0], seeded())).toBeUndefined();
  });
});

test("seededRandom is uniform enough to resample with", () => {
  const random = seededRandom(42);
  const tenths = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 10_000; draw += 1) {
    const tenth = Math.floor(random() * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  expect(tenths).toHaveLength(10);
  for (const draws of tenths) expect(Math.abs(draws - 1000)).toBeLessThan(120);
});

test.each([
  [undefined, "unknown"],
  [[16.2, 20.4], "better"],
  [[0.5, 0.9], "worse"],
  [[0.96, 1.04], "same"],
  [[1.01, 1.04], "same"],
  [[1.01, 1.2], "better"],
  [[0.99, 1.3], "unknown"],
  [[0.8, 1.01], "unknown"],
] as const)("the verdict on the interval %j is %s", (interval, verdict) => {
  expect(verdictOf(interval && { low: interval[0], high: interval[1], confidence: 0.95 })).toBe(verdict);
});
