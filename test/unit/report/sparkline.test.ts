import { describe, expect, test } from "vitest";
import { makeTrial } from "../../../src/measure/make-trial.ts";
import type { Arm, Result } from "../../../src/measure/result.ts";
import type { MethodOutcome, MethodPoint } from "../../../src/measure/search/outcome.ts";
import { barChart } from "../../../src/report/bar-chart.ts";
import { formatResult } from "../../../src/report/format-result.ts";
import { formatHistory } from "../../../src/report/history-text.ts";
import type { Output } from "../../../src/report/output.ts";
import { type Spark, sparklines } from "../../../src/report/sparkline.ts";
import type { Datapath } from "../../../src/topology/topology.ts";
import { histogramAround, madeUpChain, madeUpMeasurement, madeUpResult } from "../measure/made-up.ts";
import { oneTrial, twoArms } from "./results.ts";

const ASCII: Output = { width: 40, color: false, unicode: false };
const LINES: Output = { ...ASCII, unicode: true };

const spark = (values: Spark["values"], rest: Partial<Spark> = {}): Spark => ({
  label: "rate",
  values,
  text: "1 to 8",
  keep: "lowest",
  ...rest,
});

describe("a sparkline", () => {
  test("goes from the lowest mark to the highest", () => {
    expect(sparklines([spark([1, 2, 3, 4, 5, 6, 7, 8])], LINES)).toEqual(["rate  ▁▂▃▄▅▆▇█  1 to 8"]);
    expect(sparklines([spark([1, 2, 3, 4, 5, 6, 7, 8])], ASCII)).toEqual(["rate  _.-~=+*#  1 to 8"]);
  });

  test("of equal values is neither low nor high, and a value that is missing is a gap", () => {
    expect(sparklines([spark([5, undefined, 5])], ASCII)).toEqual(["rate  = =  1 to 8"]);
  });

  test("may begin at zero", () => {
    expect(sparklines([spark([8, 6, 8], { from: 0 })], ASCII)).toEqual(["rate  #+#  1 to 8"]);
  });

  test("keeps the value that matters where there is no room for all", () => {
    const values = Array.from({ length: 100 }, (_, index) => (index === 50 ? 1 : 9));
    const [low = "", high = ""] = [spark(values), spark(values, { keep: "highest" })].map(
      (one) => sparklines([one], ASCII)[0],
    );
    expect(low).toContain("_");
    expect(high).not.toContain("_");
  });

  test.each([10, 20, 30, 40, 80])("keeps to %d columns", (width) => {
    const values = Array.from({ length: 500 }, (_, index) => index % 17);
    const lines = sparklines([spark(values), spark(values, { label: "loss" })], { ...ASCII, width });
    expect(lines.filter((line) => line.length > Math.max(width, 20))).toEqual([]);
  });

  test("is a colour where there are colours", () => {
    expect(sparklines([spark([1, 2])], { ...ASCII, color: true })[0]).toContain("\u001b[36m_#\u001b[39m");
  });
});

test("bars give way to words where there is no room for them", () => {
  const bars = [{ label: "vhost-user at 64 bytes", value: 3, text: "3.00 Mpps delivered" }];
  expect(barChart(bars, { ...ASCII, width: 44 })).toEqual(["vhost-user at 64 bytes 3.00 Mpps delivered"]);
  expect(barChart(bars, ASCII)).toEqual(["vhost-user at 64 bytes 3.00 Mpps", "delivered"]);
});

test("a bar that is not much by itself does not fill the width", () => {
  const [line = ""] = barChart([{ label: "a", value: 1, text: "1" }], ASCII, 34);
  expect(line).toBe("a  #  1");
});

const point = (index: number, more: Partial<MethodPoint> = {}): MethodPoint => ({
  trial: index,
  loadPps: 2e6,
  durationMs: 1000,
  offered: 2_000_000,
  received: 2_000_000,
  forwardingPps: 2e6,
  lossRatio: 0,
  reached: true,
  usable: true,
  ...more,
});

/** A result whose arms all found this. */
function withOutcome(result: Result, outcome: MethodOutcome): Result {
  return { ...result, arms: result.arms.map((arm): Arm => ({ ...arm, outcome })) };
}

const soak: MethodOutcome = {
  kind: "soak",
  totalMs: 300_000,
  points: Array.from({ length: 300 }, (_, index) =>
    index >= 100 && index < 130
      ? point(index, { forwardingPps: 1.4e6, lossRatio: 0.3 })
      : point(index, { forwardingPps: 2e6 - (index % 7) * 1e4 }),
  ),
};

const lossCurve: MethodOutcome = {
  kind: "loss-curve",
  maxLoadPps: 4e6,
  lossFree: true,
  points: [4, 3.6, 3.2, 2.8, 2.4, 2].map((mpps, index) =>
    point(index, {
      loadPps: mpps * 1e6,
      forwardingPps: Math.min(mpps, 2.5) * 1e6,
      lossRatio: Math.max(0, 1 - 2.5 / mpps),
    }),
  ),
};

/** Latency that grows with the load, in the trials and in what was found of them. */
function profiled(arms: readonly Datapath[]): Result {
  const latencies = [4_000, 5_000, 40_000];
  const trials = arms.flatMap((arm, place) =>
    latencies.map((latency, index) =>
      makeTrial(
        madeUpMeasurement({
          index: place * 3 + index,
          arm,
          chains: [madeUpChain({ latency: histogramAround(latency) })],
        }),
      ),
    ),
  );
  const result = madeUpResult(arms, trials, { kind: "run" });
  return {
    ...result,
    arms: result.arms.map(
      (arm): Arm => ({
        ...arm,
        outcome: {
          kind: "latency-profile",
          ofPps: 2e6,
          points: arm.trials.map((trial, index) => {
            const share = [0.1, 0.5, 0.9][index] ?? 1;
            const { latencyNs } = trial;
            return { ...point(trial.index, { loadPps: share * 2e6 }), share, ...(latencyNs && { latencyNs }) };
          }),
        },
      }),
    ),
  };
}

const found = (result: Result, output: Output) =>
  /What was found\n.*?\n\n/s.exec(formatResult(result, output))?.[0] ?? "";

const FOUND: Readonly<Record<string, readonly [one: Result, more: Result]>> = {
  soak: [withOutcome(oneTrial(), soak), withOutcome(twoArms(), soak)],
  "loss-curve": [withOutcome(oneTrial(), lossCurve), withOutcome(twoArms(), lossCurve)],
  "latency-profile": [profiled(["vhost-user"]), profiled(["docker-bridge", "vhost-user"])],
};

describe.each(Object.entries(FOUND))("a %s", (name, [one, more]) => {
  const wide = { ...LINES, width: 80 };

  test("is drawn", () => expect(found(one, wide)).toMatchFileSnapshot(`golden/found-${name}.txt`));

  test("is drawn for each arm", () =>
    expect(found(more, { ...wide, unicode: false })).toMatchFileSnapshot(`golden/found-${name}-arms.txt`));

  test.each([40, 60, 80, 120])("keeps to %d columns, in ASCII", (width) => {
    const text = found(more, { ...ASCII, width });
    expect(text).toMatch(/^[ -~\n]+$/);
    expect(text.split("\n").filter((line) => line.length > width)).toEqual([]);
  });
});

describe("history", () => {
  const seriesOf = (rates: readonly number[]) => ({
    topology: "pktgen-stats",
    arm: "vhost-user",
    hostname: "bench",
    items: rates.map((mpps, index) => ({
      startedAt: `2026-03-${String(index + 1).padStart(2, "0")}T08:00:00Z`,
      corebedVersion: "0.1.0",
      throughputPps: mpps * 1e6,
      trials: 5,
    })),
    groups: [],
  });

  test("begins with its course", () => {
    const [, course] = formatHistory(seriesOf([2, 2.1, 1.5, 2]), { ...LINES, width: 80 }).split("\n");
    expect(course).toBe("course  ▇█▁▇  1.50 to 2.10 Mpps");
  });

  test("of two results has bars only", () => {
    expect(formatHistory(seriesOf([2, 2.1]), ASCII).split("\n")).toHaveLength(4);
  });
});
