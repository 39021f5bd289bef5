import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gauss } from "../../../../bench/noise-models.ts";
import { changePoints } from "../../../../src/measure/statistics/change-points.ts";
import { seededRandom } from "../../../../src/measure/statistics/seeded-random.ts";

/** One item of so many samples for each level, with a share of noise. */
function history(levels: readonly number[], noise: number, seed: number, samples = 1): readonly (readonly number[])[] {
  const random = seededRandom(seed);
  return levels.map((level) => Array.from({ length: samples }, () => level * (1 + noise * gauss(random))));
}
const flat = (length: number, level = 1): readonly number[] => Array.from({ length }, () => level);

describe("changePoints", () => {
  test("a constant history is one group", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), fc.integer({ min: 0, max: 1_000_000_000 }), (length, level) => {
        const groups = changePoints(history(flat(length, level), 0, 1, 3));
        expect(groups).toEqual([
          { start: 0, length, mean: expect.closeTo(level, 3), stdev: expect.closeTo(0, 3), direction: "normal" },
        ]);
      }),
    );
  });

  test("noise alone is one group in nearly all histories", () => {
    const split = Array.from({ length: 200 }, (_, seed) => changePoints(history(flat(30), 0.03, seed)).length > 1);
    expect(split.filter(Boolean).length).toBeLessThan(8);
  });

  test("finds where a step of 10 sigma is, and which way it goes", () => {
    const lengths = fc.integer({ min: 8, max: 40 });
    fc.assert(
      fc.property(lengths, lengths, fc.boolean(), fc.nat(100_000), (before, after, up, seed) => {
        const levels = [...flat(before), ...flat(after, up ? 1.1 : 0.9)];
        const groups = changePoints(history(levels, 0.01, seed, 2));
        expect(groups.map(({ start }) => start)).toContain(before);
        const group = groups.find(({ start }) => start === before);
        expect(group?.direction).toBe(up ? "progression" : "regression");
        expect(Math.abs((group?.mean ?? 0) - (up ? 1.1 : 0.9))).toBeLessThan(0.03);
      }),
      { seed: 1 },
    );
  });

  test("finds that the last result alone is slower", () => {
    const groups = changePoints(history([...flat(20), 0.8], 0.01, 5, 5));
    expect(groups.map(({ start, length, direction }) => [start, length, direction])).toEqual([
      [0, 20, "normal"],
      [20, 1, "regression"],
    ]);
  });

  test("the groups are all of the history in order, whatever it is, and the unit does not matter", () => {
    const items = fc.array(fc.array(fc.integer({ min: 0, max: 10_000_000 }), { maxLength: 4 }), { maxLength: 25 });
    fc.assert(
      fc.property(items, fc.integer({ min: -8, max: 8 }), (results, power) => {
        const groups = changePoints(results);
        const some = results.some((samples) => samples.length > 0);
        expect(groups.reduce((end, { start, length }) => (start === end ? end + length : Number.NaN), 0)).toBe(
          some ? results.length : 0,
        );
        const scaled = changePoints(results.map((samples) => samples.map((sample) => sample * 2 ** power)));
        const outline = (of: typeof groups) => of.map(({ start, direction }) => [start, direction]);
        expect(outline(scaled)).toEqual(outline(groups));
      }),
    );
  });

  test("what changes the spread alone is no regression", () => {
    const levels = [...flat(40), ...Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 0.8 : 1.2))];
    const groups = changePoints(history(levels, 0.001, 3));
    expect(groups.map(({ start, direction }) => [start, direction])).toEqual([
      [0, "normal"],
      [40, "normal"],
    ]);
  });

  test("500 results take less than a blink", () => {
    const results = history(flat(500), 0.02, 9, 10);
    changePoints(results);
    const started = performance.now();
    changePoints(results);
    expect(performance.now() - started).toBeLessThan(100);
  });
});
