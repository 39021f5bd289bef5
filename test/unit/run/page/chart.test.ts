import { describe, expect, it } from "vitest";

interface Point {
  readonly at: number;
  readonly value?: number;
}

/** The page's own script has no types; this is what the test takes it for. */
interface Chart {
  readonly SPAN_MS: number;
  readonly ceilingOf: (values: readonly (number | undefined)[]) => number;
  readonly linePath: (points: readonly Point[], now: number, ceiling: number) => string;
  readonly mergePoints: (ours: readonly Point[], theirs: readonly Point[], now: number) => readonly Point[];
  readonly thinned: (points: readonly Point[], most: number) => readonly Point[];
}

interface Format {
  readonly rate: (pps: number | undefined) => string;
  readonly latency: (ns: number | undefined) => string;
  readonly percent: (share: number | undefined) => string;
  readonly loss: (ratio: number | undefined) => string;
  readonly duration: (ms: number) => string;
}

const script = (name: string) => import(new URL(`../../../../page/${name}`, import.meta.url).href);
const { SPAN_MS, ceilingOf, linePath, mergePoints, thinned }: Chart = await script("chart.js");
const { rate, latency, percent, loss, duration }: Format = await script("format.js");

describe("a chart's axis", () => {
  it.each([
    [[0.3, 2.4], 3],
    [[950, undefined], 1000],
    [[4_210_000], 5_000_000],
    [[1e6], 1e6],
    [[undefined, 0], 1],
    [[], 1],
  ])("for %j ends at %d", (values, ceiling) => expect(ceilingOf(values)).toBe(ceiling));
});

describe("a chart's line", () => {
  const now = SPAN_MS;

  it("goes from the left, three minutes ago, to the right, now, and is never above the box", () => {
    const points = [
      { at: now - 2000, value: 0 },
      { at: now - 1000, value: 5 },
      { at: now, value: 50 },
    ];
    expect(linePath(points, now, 10)).toBe("M296.7 100.0h0L298.3 50.0L300.0 0.0");
  });

  it("is interrupted where nobody read, and where there is no value", () => {
    const points = [
      { at: 0, value: 1 },
      { at: 1000, value: 1 },
      { at: 2000 },
      { at: 3000, value: 1 },
      { at: 9000, value: 1 },
    ];
    expect(linePath(points, now, 1).match(/[ML]/g)?.join("")).toBe("MLMM");
  });

  it("leaves out what is older than the chart", () => {
    expect(linePath([{ at: -1, value: 1 }], now, 1)).toBe("");
  });
});

describe("points of the page and of the server", () => {
  it("are put together by their time", () => {
    const merged = mergePoints([{ at: 1000 }, { at: 2000 }], [{ at: 1500 }, { at: 2000 }], 3000);
    expect(merged.map(({ at }) => at)).toEqual([1000, 1500, 2000]);
    expect(mergePoints([{ at: 1 }], [{ at: SPAN_MS }], SPAN_MS + 1).map(({ at }) => at)).toEqual([SPAN_MS]);
  });

  it("are thinned for a table with the last one kept", () => {
    const points = Array.from({ length: 100 }, (_, at) => ({ at }));
    const few = thinned(points, 12);
    expect([few.length <= 12, few.at(-1)?.at]).toEqual([true, 99]);
  });
});

describe("figures", () => {
  it("are written as in the reports", () => {
    expect([2_412_345, 128_400, 9001, 0, 0.2, undefined].map(rate)).toEqual([
      "2.41 Mpps",
      "0.128 Mpps",
      "9001 pps",
      "0 Mpps",
      "under 1 pps",
      "\u2013",
    ]);
    expect([850, 12_345, 4_560_000, undefined].map(latency)).toEqual(["850 ns", "12.3 us", "4.56 ms", "\u2013"]);
    expect([0, 0.001, 0.123, 1].map(percent)).toEqual(["0 %", "under 1 %", "12 %", "100 %"]);
    expect([0, -0.1, 0.00001, 0.5].map(loss)).toEqual(["0 %", "0 %", "under 0.01 %", "50.0 %"]);
    expect([0, 35_400, 720_000, 12_000_000].map(duration)).toEqual(["0 s", "35 s", "12 min", "3 h 20 min"]);
  });
});
