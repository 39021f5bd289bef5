import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classifyLoad, conditionalThroughput } from "../../../../src/measure/search/classify.ts";
import { GOAL_PRESETS } from "../../../../src/measure/search/goal.ts";
import type { SearchTrial } from "../../../../src/measure/search/search-trial.ts";

const [NDR, PDR] = GOAL_PRESETS.csit;
const [RFC2544] = GOAL_PRESETS.rfc2544;
const [TST009] = GOAL_PRESETS.tst009;

function trial(loss: number, seconds = 1, changes: Partial<SearchTrial> = {}): SearchTrial {
  const durationMs = seconds * 1000;
  return {
    trial: 0,
    loadPps: 1e6,
    durationMs,
    effectiveDurationMs: durationMs,
    offered: 1e6,
    received: 1e6 * (1 - loss),
    sentPps: 1e6,
    forwardingPps: 1e6 * (1 - loss),
    reached: true,
    usable: true,
    ...changes,
  };
}
const times = (n: number, loss: number, seconds = 1) => Array.from({ length: n }, () => trial(loss, seconds));

describe("the class of a load", () => {
  test("a sum of 21 s at exceed ratio 0.5 is decided by 11 equal trials of 1 s, and by 7 where each counts for 1.5 s", () => {
    expect(classifyLoad(times(10, 0), NDR)).toBe("undecided");
    expect(classifyLoad(times(11, 0), NDR)).toBe("lower");
    expect(classifyLoad(times(10, 0.1), NDR)).toBe("undecided");
    expect(classifyLoad(times(11, 0.1), NDR)).toBe("upper");
    const long = Array.from({ length: 7 }, () => trial(0, 1, { effectiveDurationMs: 1500 }));
    expect(classifyLoad(long.slice(1), NDR)).toBe("undecided");
    expect(classifyLoad(long, NDR)).toBe("lower");
  });

  test("RFC 2544: one loss-free trial of 60 s is enough, one lossy one is too much", () => {
    expect(classifyLoad([trial(0, 60)], RFC2544)).toBe("lower");
    expect(classifyLoad([trial(1e-6, 60)], RFC2544)).toBe("upper");
    expect(classifyLoad(times(100, 0, 1), RFC2544)).toBe("undecided");
    expect(classifyLoad([trial(0.1, 1), trial(0, 60)], RFC2544)).toBe("upper");
  });

  test("TST009: a lossy trial is repeated once", () => {
    expect(classifyLoad([trial(0.1, 60)], TST009)).toBe("undecided");
    expect(classifyLoad([trial(0.1, 60), trial(0, 60)], TST009)).toBe("lower");
    expect(classifyLoad([trial(0.1, 60), trial(0.1, 60)], TST009)).toBe("upper");
  });

  test("short loss-free trials make up for short lossy ones, but prove nothing", () => {
    const goal = { ...TST009, exceedRatio: 0.5 };
    expect(classifyLoad([...times(70, 0.1), ...times(70, 0)], goal)).toBe("undecided");
    expect(classifyLoad(times(70, 0.1), goal)).toBe("upper");
  });

  test("a load that the generator did not reach is never a lower bound; a disturbed trial counts for nothing", () => {
    const short = Array.from({ length: 11 }, () => trial(0, 1, { reached: false, usable: false }));
    expect(classifyLoad(short, NDR)).toBe("upper");
    const disturbed = Array.from({ length: 50 }, () => trial(0.5, 1, { usable: false }));
    expect(classifyLoad(disturbed, NDR)).toBe("undecided");
    expect(classifyLoad([...disturbed, ...times(11, 0)], NDR)).toBe("lower");
  });

  test("a trial without packets is a lossy one", () => {
    expect(classifyLoad([trial(0, 60, { offered: 0, received: 0 })], RFC2544)).toBe("upper");
  });

  test("a duration sum of full trials always decides, and more loss never makes a load better", () => {
    const losses = fc.array(fc.double({ min: 0, max: 0.02, noNaN: true }), { minLength: 21, maxLength: 40 });
    fc.assert(
      fc.property(losses, fc.nat(20), (values, at) => {
        const trials = values.map((loss) => trial(loss));
        const before = classifyLoad(trials, PDR);
        expect(before).not.toBe("undecided");
        const worse = trials.map((one, i) => (i === at ? trial(1) : one));
        if (before === "upper") expect(classifyLoad(worse, PDR)).toBe("upper");
      }),
    );
  });
});

describe("conditional throughput", () => {
  test("takes the loss that half of the time does not go over", () => {
    const trials = [...times(11, 0.001), ...times(10, 0.3)];
    expect(conditionalThroughput(1e6, trials, PDR)).toBeCloseTo(999_000, 3);
  });

  test("takes the worst trial at exceed ratio 0", () => {
    const goal = { ...PDR, exceedRatio: 0, durationSumMs: 3000 };
    expect(conditionalThroughput(1e6, [trial(0.001), trial(0.004), trial(0)], goal)).toBeCloseTo(996_000, 3);
  });

  test("time that was not measured counts as lost, short trials do not count", () => {
    expect(conditionalThroughput(1e6, times(10, 0), PDR)).toBe(0);
    expect(conditionalThroughput(1e6, times(11, 0), PDR)).toBe(1e6);
    expect(conditionalThroughput(1e6, times(100, 0, 0.5), PDR)).toBe(0);
  });
});
