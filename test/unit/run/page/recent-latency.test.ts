import { describe, expect, it } from "vitest";
import { recentLatency } from "../../../../src/run/page/recent-latency.ts";

const counts = (trial: number, ...buckets: readonly (readonly [number, number])[]) => ({
  trial,
  count: buckets.reduce((sum, [, count]) => sum + count, 0),
  buckets,
});

describe("latency since the reading before", () => {
  it("counts the new packets only", () => {
    const before = counts(1, [1000, 1_000_000]);
    expect(recentLatency(before, counts(1, [1000, 1_000_000], [5000, 98], [9000, 2]))).toEqual({
      p50Ns: 5000,
      p99Ns: 9000,
    });
  });

  it("takes all packets of a new trial, whose histogram begins anew", () => {
    expect(recentLatency(counts(1, [1000, 50]), counts(2, [2000, 60]))).toEqual({ p50Ns: 2000, p99Ns: 2000 });
    expect(recentLatency(counts(1, [1000, 50]), counts(1, [2000, 10]))).toEqual({ p50Ns: 2000, p99Ns: 2000 });
  });

  it("is unknown when nothing came", () => {
    expect(recentLatency(counts(1, [1000, 5]), counts(1, [1000, 5]))).toBeUndefined();
    expect(recentLatency(undefined, counts(1))).toBeUndefined();
  });
});
