import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { medianInterval } from "../../../../src/measure/statistics/median-interval.ts";

describe("interval of the median", () => {
  test("five trials: all of the range, 93.75 %", () => {
    expect(medianInterval([5, 1, 4, 2, 3])).toEqual({ low: 1, high: 5, confidence: 0.9375 });
  });

  test("as tables have it: the 10 trials' second and ninth, 97.9 %", () => {
    const interval = medianInterval(Array.from({ length: 10 }, (_, index) => index + 1));
    expect(interval).toMatchObject({ low: 2, high: 9 });
    expect(interval?.confidence).toBeCloseTo(0.9785, 4);
  });

  test("none of one trial", () => expect(medianInterval([1])).toBeUndefined());

  test("holds the median, and keeps what it promises from six trials on", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 60 }), (values) => {
        const { low = 0, high = 0, confidence = 0 } = medianInterval(values) ?? {};
        const sorted = values.toSorted((a, b) => a - b);
        const middle = sorted[Math.floor((values.length - 1) / 2)] ?? 0;
        expect(low).toBeLessThanOrEqual(middle);
        expect(high).toBeGreaterThanOrEqual(middle);
        if (values.length >= 6) expect(confidence).toBeGreaterThanOrEqual(0.95);
      }),
    );
  });
});
