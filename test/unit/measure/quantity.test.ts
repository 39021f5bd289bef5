import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bitRateUnit,
  formatCount,
  formatNumber,
  formatPercent,
  formatRate,
  formatRateRange,
  packetRateUnit,
} from "../../../src/measure/quantity.ts";

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

test.each([
  [2_414_000, "2.41 Mpps"],
  [128_000, "0.128 Mpps"],
  [12_300, "12.3 kpps"],
  [1204, "1.20 kpps"],
  [99, "99.0 pps"],
  [0, "0 Mpps"],
])("%d packets a second are %s", (rate, text) => {
  expect(formatRate(rate)).toBe(text);
});

test("both ends of a range have the unit of the higher", () => {
  expect(formatRateRange(900, 12_300)).toBe("0.900 to 12.3 kpps");
});

test("rates that stand together have the unit of the highest, and the usual one where nothing passed", () => {
  expect(packetRateUnit([1204, undefined, 640_000]).name).toBe("Mpps");
  expect(packetRateUnit([1204, 99]).name).toBe("kpps");
  expect(packetRateUnit([undefined, 0]).name).toBe("Mpps");
  expect(bitRateUnit([616_000]).name).toBe("Mbit/s");
});

test("a rate in words keeps three digits, however small", () => {
  fc.assert(
    fc.property(fc.double({ min: 1, max: 1e9, noNaN: true }), (value) => {
      const [number, unit] = formatRate(value).split(" ");
      const size = { Mpps: 1e6, kpps: 1e3, pps: 1 }[unit ?? ""] ?? Number.NaN;
      expect(Math.abs(Number(number) * size - value)).toBeLessThanOrEqual(value * 0.0051);
    }),
  );
});
