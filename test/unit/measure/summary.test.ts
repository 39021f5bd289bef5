import fc from "fast-check";
import { expect, test } from "vitest";
import { median, summarise } from "../../../src/measure/summary.ts";

test("the median is the middle trial, or the mean of the middle two", () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test("a summary lies between its extremes", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1 }), (values) => {
      const summary = summarise(values);
      expect(summary?.n).toBe(values.length);
      expect(summary?.min).toBeLessThanOrEqual(summary?.median ?? Number.NaN);
      expect(summary?.max).toBeGreaterThanOrEqual(summary?.median ?? Number.NaN);
      expect(values.filter((value) => value <= (summary?.median ?? 0)).length).toBeGreaterThanOrEqual(
        values.length / 2,
      );
    }),
  );
});

test("of nothing there is no summary", () => {
  expect(summarise([])).toBeUndefined();
});
