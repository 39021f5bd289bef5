import fc from "fast-check";
import { expect, test } from "vitest";
import { theilSen } from "../../../../src/measure/statistics/theil-sen.ts";

const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });

test("finds the line that points lie on, though a fifth of them were disturbed", () => {
  fc.assert(
    fc.property(number, number, fc.double({ min: 1, max: 1e6, noNaN: true }), (slope, intercept, disturbance) => {
      const points = Array.from({ length: 15 }, (_, x) => {
        const y = intercept + slope * x;
        return [x, x % 5 === 4 ? y + disturbance : y] as const;
      });
      const line = theilSen(points);
      expect(line?.slope).toBeCloseTo(slope, 5);
      expect(line?.intercept).toBeCloseTo(intercept, 4);
      expect(line?.slopeLow).toBeLessThanOrEqual((line?.slope ?? 0) + 1e-6);
      expect(line?.slopeHigh).toBeGreaterThanOrEqual((line?.slope ?? 0) - 1e-6);
    }),
  );
});

test("two values make no line", () => {
  expect(
    theilSen([
      [1, 2],
      [1, 3],
      [2, 4],
      [2, 5],
    ]),
  ).toBeUndefined();
});

test("the worst miss is a share of the point that misses", () => {
  const line = theilSen([
    [0, 10],
    [1, 10],
    [2, 10],
    [3, 10],
    [4, 20],
  ]);
  expect(line).toMatchObject({ slope: 0, intercept: 10, worstMiss: 0.5 });
});
