import fc from "fast-check";
import { expect, test } from "vitest";
import { formatCount, formatNumber, formatPercent } from "../../../src/measure/quantity.ts";

test.each([
  [0, "0"],
  [0.00001, "<0.001"],
  [-0.00001, ">-0.001"],
  [0.128, "0.128"],
  [0.9996, "1.00"],
  [2.414, "2.41"],
  [9.996, "10.0"],
  [18.94, "18.9"],
  [99.97, "100"],
  [1840.4, "1840"],
  [-2.5, "-2.50"],
])("%d is written %s", (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test("a number keeps its value to 0.5 %, or to half a thousandth", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.0005, max: 1e9, noNaN: true }), (value) => {
      expect(Math.abs(Number(formatNumber(value)) - value)).toBeLessThanOrEqual(Math.max(0.0005, value * 0.0051));
    }),
  );
});

test.each([
  [0, "0"],
  [999, "999"],
  [1000, "1,000"],
  [12_345_678, "12,345,678"],
])("%d packets are %s", (value, text) => {
  expect(formatCount(value)).toBe(text);
});

test("nearly all is not all", () => {
  expect(formatPercent(0.99999)).toBe("99.9 %");
  expect(formatPercent(1)).toBe("100 %");
  expect(formatPercent(0.000001)).toBe("<0.001 %");
});
