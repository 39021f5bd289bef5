import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pairedShift, unpairedShift } from "../../../../src/measure/statistics/hodges-lehmann.ts";
import { mannWhitney } from "../../../../src/measure/statistics/mann-whitney.ts";
import { signedRank } from "../../../../src/measure/statistics/signed-rank.ts";

const different = (minLength: number, maxLength: number) =>
  fc.uniqueArray(fc.integer({ min: 1, max: 1_000_000 }), { minLength, maxLength });

/** Every way to choose `size` of `items`. */
function choices<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  if (size === 0) return [[]];
  return items.flatMap((item, index) => choices(items.slice(index + 1), size - 1).map((rest) => [item, ...rest]));
}

/** U by its definition. */
function wins(values: readonly number[], baseline: readonly number[]): number {
  return values.flatMap((value) => baseline.filter((other) => other < value)).length;
}

describe("mannWhitney", () => {
  test("counts the arrangements: p is the share of them that lie at least as far out", () => {
    fc.assert(
      fc.property(different(5, 9), fc.integer({ min: 1, max: 4 }), (all, n) => {
        const [values, baseline] = [all.slice(0, n), all.slice(n)];
        const middle = (n * baseline.length) / 2;
        const distance = Math.abs(wins(values, baseline) - middle);
        const arrangements = choices(all, n).map((chosen) => {
          const rest = all.filter((value) => !chosen.includes(value));
          return Math.abs(wins(chosen, rest) - middle);
        });
        const asFar = arrangements.filter((other) => other >= distance).length;
        const result = mannWhitney(values, baseline);
        expect(result).toMatchObject({ statistic: wins(values, baseline), exact: true });
        expect(result?.p).toBeCloseTo(asFar / arrangements.length, 12);
      }),
      { numRuns: 60 },
    );
  });

  test("of ties and of many comes from the normal approximation, close to the exact p", () => {
    const spread = (from: number, n: number) => Array.from({ length: n }, (_, index) => from + index * 2);
    const exact = mannWhitney(spread(0, 20), spread(9, 20));
    const approximate = mannWhitney([...spread(0, 20), -1], spread(9, 20));
    expect(exact?.exact).toBe(true);
    expect(approximate?.exact).toBe(false);
    expect(Math.abs((exact?.p ?? 0) - (approximate?.p ?? 1))).toBeLessThan(0.03);
    // By hand: U = 0.5, ties of 2 and 2, variance 16 / 12 x (9 - 12 / 56), z = (8 - 0.5 - 0.5) / 3.4226.
    const tied = mannWhitney([1, 2, 3, 4], [4, 5, 5, 6]);
    expect(tied).toMatchObject({ statistic: 0.5, exact: false });
    expect(tied?.p).toBeCloseTo(0.0409, 3);
  });

  test("says nothing about an empty arm, and that equal values do not differ", () => {
    expect(mannWhitney([], [1])).toBeUndefined();
    expect(mannWhitney([2, 2, 2], [2, 2, 2])?.p).toBe(1);
  });
});

test("signedRank counts the patterns of signs", () => {
  fc.assert(
    fc.property(different(1, 8), fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (sizes, signs) => {
      const ranks = sizes.map((size) => sizes.filter((other) => other <= size).length);
      const sum = (positive: (index: number) => boolean) =>
        ranks.reduce((total, rank, index) => total + (positive(index) ? rank : 0), 0);
      const middle = sum(() => true) / 2;
      const distance = Math.abs(sum((index) => signs[index] ?? false) - middle);
      const patterns = Array.from({ length: 2 ** sizes.length }, (_, bits) =>
        sum((index) => ((bits >> index) & 1) === 1),
      );
      const asFar = patterns.filter((other) => Math.abs(other - middle) >= distance).length;
      const result = signedRank(sizes.map((size, index) => (signs[index] ? size : -size)));
      expect(result?.p).toBeCloseTo(asFar / patterns.length, 12);
    }),
  );
});

test("signedRank leaves out differences of 0 and approximates ties", () => {
  expect(signedRank([0, 0])).toMatchObject({ statistic: 0, p: 1 });
  expect(signedRank([0, 1, 2, 3, 4, 5])).toEqual(signedRank([1, 2, 3, 4, 5]));
  expect(signedRank([1, 1, 1, 1, 1, 1, 1, 1])).toMatchObject({ exact: false });
  expect(signedRank([1, 1, 1, 1, 1, 1, 1, 1])?.p).toBeLessThan(0.02);
  expect(signedRank([])).toBeUndefined();
});

describe("intervals of a shift", () => {
  // Whole numbers: their sums are exact, so that no pair of means is told apart by rounding alone.
  const fine = (minLength: number, maxLength: number) =>
    fc.uniqueArray(
      fc.integer({ min: -1_000_000, max: 1_000_000 }).filter((x) => x !== 0),
      {
        minLength,
        maxLength,
        selector: Math.abs,
      },
    );

  test("exclude 0 exactly when the test of the pairs is significant", () => {
    fc.assert(
      fc.property(fine(7, 14), fc.integer({ min: 0, max: 1_000_000 }), (noise, shift) => {
        const differences = noise.map((value) => value + shift);
        const result = signedRank(differences);
        fc.pre(result?.exact === true);
        const interval = pairedShift(differences, 0.95);
        expect((interval?.low ?? 0) > 0 || (interval?.high ?? 0) < 0).toBe((result?.p ?? 1) <= 0.05);
        expect(interval?.estimate).toBeGreaterThanOrEqual(interval?.low ?? Number.NaN);
        expect(interval?.estimate).toBeLessThanOrEqual(interval?.high ?? Number.NaN);
      }),
    );
  });

  test("exclude 0 exactly when the U test is significant", () => {
    fc.assert(
      fc.property(fine(10, 24), fc.integer({ min: 4, max: 6 }), (all, n) => {
        const [values, baseline] = [all.slice(0, n), all.slice(n)];
        const result = mannWhitney(values, baseline);
        fc.pre(result?.exact === true);
        const interval = unpairedShift(values, baseline, 0.95);
        expect((interval?.low ?? 0) > 0 || (interval?.high ?? 0) < 0).toBe((result?.p ?? 1) <= 0.05);
      }),
    );
  });

  test("move with the values", () => {
    const baseline = [1, 4, 2, 8, 5, 7];
    const interval = unpairedShift(
      baseline.map((value) => value + 100),
      baseline,
      0.95,
    );
    expect(interval?.estimate).toBe(100);
    expect((interval?.low ?? 0) + (interval?.high ?? 0)).toBe(200);
  });

  test("need so many values, and stay near the counted ones where they are approximated", () => {
    expect(pairedShift([1, 2, 3, 4, 5], 0.95)).toBeUndefined();
    expect(pairedShift([1, 2, 3, 4, 5, 6], 0.95)).toEqual({ estimate: 3.5, low: 1, high: 6 });
    expect(unpairedShift([1, 2, 3], [4, 5, 6], 0.95)).toBeUndefined();
    const many = (n: number) => Array.from({ length: n }, (_, index) => ((index * 37) % n) / n);
    for (const shift of [
      (n: number) => pairedShift(many(n), 0.95),
      (n: number) => unpairedShift(many(n), many(n), 0.95),
    ]) {
      const [counted, approximated] = [shift(50), shift(51)];
      expect(Math.abs((counted?.low ?? 0) - (approximated?.low ?? 1))).toBeLessThan(0.02);
      expect(Math.abs((counted?.high ?? 0) - (approximated?.high ?? 1))).toBeLessThan(0.02);
    }
  });
});
