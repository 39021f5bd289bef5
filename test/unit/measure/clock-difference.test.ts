import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ClockReading,
  clockDifference,
  latencyUncertaintyNs,
  whyNotOneWay,
} from "../../../src/measure/clock-difference.ts";

/** A machine whose clocks are known: reads them at a moment of the one who asks. */
function machine({ tscHz, bootNs, unixNs }: { tscHz: number; bootNs: number; unixNs: number }) {
  return (atNs: number, thereNs: number, backNs: number): ClockReading => ({
    askedNs: atNs,
    answeredNs: atNs + thereNs + backNs,
    tsc: Math.round(((atNs + thereNs - bootNs) * tscHz) / 1e9),
    tscHz,
    unixNs: atNs + thereNs + unixNs,
  });
}

describe("clockDifference", () => {
  test("is off by no more than it says, however unlike the ways there and back are", () => {
    const delayNs = fc.integer({ min: 0, max: 50_000_000 });
    const reading = fc.record({ atNs: fc.integer({ min: 0, max: 1e9 }), thereNs: delayNs, backNs: delayNs });
    fc.assert(
      fc.property(
        fc.array(reading, { minLength: 1, maxLength: 8 }),
        fc.array(reading, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: -1e12, max: 1e12 }),
        fc.integer({ min: -1e12, max: 1e12 }),
        (asked, answered, aheadNs, unixNs) => {
          const hz = 2_500_000_000;
          const sender = machine({ tscHz: hz, bootNs: -2e12 - aheadNs, unixNs });
          const receiver = machine({ tscHz: hz, bootNs: -2e12, unixNs: 0 });
          const found = clockDifference(
            asked.map(({ atNs, thereNs, backNs }) => sender(atNs, thereNs, backNs)),
            answered.map(({ atNs, thereNs, backNs }) => receiver(atNs, thereNs, backNs)),
          );
          // A tick of rounding at either side.
          const mostNs = (found?.uncertaintyNs ?? Number.NaN) + 2;
          expect(Math.abs((found?.tscNs ?? Number.NaN) - aheadNs)).toBeLessThanOrEqual(mostNs);
          expect(Math.abs((found?.unixNs ?? Number.NaN) - unixNs)).toBeLessThanOrEqual(mostNs);
          expect(found?.tscTicks).toBeGreaterThanOrEqual(0);
          expect(found?.tscTicks).toBeLessThan(2 ** 40);
        },
      ),
    );
  });

  test("takes the quickest answer of each side", () => {
    const there = machine({ tscHz: 1e9, bootNs: 0, unixNs: 7_000 });
    const here = machine({ tscHz: 1e9, bootNs: 0, unixNs: 0 });
    const found = clockDifference(
      [there(0, 900_000, 100_000), there(2_000_000, 50, 50)],
      [here(1_000_000, 500_000, 0), here(2_000_100, 50, 50)],
    );
    expect(found?.uncertaintyNs).toBeCloseTo(100, 1);
    expect(found?.unixNs).toBe(7_000);
  });

  test("says nothing of a clock that was never read", () => {
    expect(clockDifference([], [machine({ tscHz: 1e9, bootNs: 0, unixNs: 0 })(0, 1, 1)])).toBeUndefined();
  });
});

describe("one-way latency across hosts", () => {
  const known = { tscNs: 0, tscTicks: 0, unixNs: 0, uncertaintyNs: 2_000, tscRateRatio: 0 };

  test("is told where the clocks are known to 5 % of it", () => {
    expect(whyNotOneWay(known, known, 40_000)).toBeUndefined();
    expect(whyNotOneWay(known, known, 39_000)).toBe(
      "the clocks of the two hosts are known to 2 µs only, more than 5 % of the 39 µs counted",
    );
  });

  test("counts what the clocks moved meanwhile", () => {
    const later = { ...known, tscNs: -3_000 };
    expect(latencyUncertaintyNs(known, later)).toBe(5_000);
    expect(whyNotOneWay(known, later, 40_000)).toContain("known to 5 µs only");
  });

  test("is not told where one TSC ticks faster than the other", () => {
    expect(whyNotOneWay({ ...known, tscRateRatio: -0.12 }, known, 1e9)).toBe(
      "the TSCs of the two hosts tick 12 % apart",
    );
  });
});
