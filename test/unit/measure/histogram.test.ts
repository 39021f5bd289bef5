import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EMPTY_HISTOGRAM, type Histogram, mergeHistograms, quantile } from "../../../src/measure/histogram.ts";

/** What images/nf/src/histogram.h does: 128 equal steps to each power of two. */
function histogramOf(values: readonly number[]): Histogram {
  const buckets = new Map<number, number>();
  for (const value of values) {
    const step = 2 ** Math.max(0, Math.floor(Math.log2(value)) - 7);
    const edge = Math.floor(value / step) * step;
    buckets.set(edge, (buckets.get(edge) ?? 0) + 1);
  }
  return {
    count: values.length,
    min: Math.min(...values),
    max: Math.max(...values),
    sum: values.reduce((sum, value) => sum + value, 0),
    buckets: [...buckets].sort(([a], [b]) => a - b),
  };
}

const latencies = fc.array(fc.integer({ min: 1, max: 2 ** 40 }), { minLength: 1, maxLength: 300 });
const histograms = fc.oneof(latencies.map(histogramOf), fc.constant(EMPTY_HISTOGRAM));

describe("quantile", () => {
  test("is within 1 % of the exact one", () => {
    fc.assert(
      fc.property(latencies, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(q * values.length)) - 1] ?? Number.NaN;
        const estimate = quantile(histogramOf(values), q) ?? Number.NaN;
        expect(estimate).toBeLessThanOrEqual(exact);
        expect(estimate).toBeGreaterThan(exact * 0.99);
      }),
    );
  });

  test("gives the extremes exactly", () => {
    const histogram = histogramOf([1001, 5003, 99_999]);
    expect(quantile(histogram, 0)).toBe(1001);
    expect(quantile(histogram, 1)).toBe(99_999);
  });

  test("of nothing is undefined", () => {
    expect(quantile(EMPTY_HISTOGRAM, 0.5)).toBeUndefined();
  });
});

describe("mergeHistograms", () => {
  test("of the parts is the histogram of the whole", () => {
    fc.assert(
      fc.property(latencies, latencies, (a, b) => {
        expect(mergeHistograms([histogramOf(a), histogramOf(b)])).toEqual(histogramOf([...a, ...b]));
      }),
    );
  });

  test("is associative and does not mind the order", () => {
    fc.assert(
      fc.property(histograms, histograms, histograms, (a, b, c) => {
        const together = mergeHistograms([a, b, c]);
        expect(mergeHistograms([mergeHistograms([a, b]), c])).toEqual(together);
        expect(mergeHistograms([a, mergeHistograms([b, c])])).toEqual(together);
        expect(mergeHistograms([c, a, b])).toEqual(together);
      }),
    );
  });
});
