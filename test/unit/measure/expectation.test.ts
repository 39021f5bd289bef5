import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluateExpectations } from "../../../src/measure/expectation.ts";
import { type Datapath, type Expectation, METRICS, type Metric, type Term } from "../../../src/topology/topology.ts";
import { madeUpResult, madeUpTrials } from "./made-up.ts";

const { arms } = madeUpResult(
  ["docker-bridge", "vhost-user"],
  [...madeUpTrials("docker-bridge", 260_000, [1], 40_000), ...madeUpTrials("vhost-user", 4_000_000, [1])],
);

const metric = (name: Metric, datapath?: Datapath, factor = 1): Term => ({
  kind: "metric",
  factor,
  metric: name,
  datapath,
});
const number = (value: number): Term => ({ kind: "number", value });
const expectation = (left: Term, relation: Expectation["relation"], right: Term): Expectation => ({
  text: "the line",
  left,
  relation,
  right,
});
const evaluate = (...parts: Parameters<typeof expectation>) => evaluateExpectations([expectation(...parts)], arms)[0];

describe("an expectation", () => {
  test("compares medians of two arms", () => {
    expect(evaluate(metric("throughput", "vhost-user"), ">=", metric("throughput", "docker-bridge", 5))).toEqual({
      text: "the line",
      passed: true,
      left: 2_000_000,
      right: 650_000,
      detail: "2.00 Mpps is >= 5 x 0.130 Mpps = 0.650 Mpps",
    });
  });

  test("compares with a number in the metric's base unit", () => {
    expect(evaluate(metric("latency_p99", "vhost-user"), "<", number(50e-6))).toMatchObject({
      passed: false,
      left: 96e-6,
      detail: "96.0 us is not < 50.0 us",
    });
    expect(evaluate(number(0.01), ">", metric("loss", "vhost-user"))?.detail).toBe("1.00 % is > 0 %");
    expect(evaluate(metric("bandwidth", "vhost-user"), ">=", number(1e9))?.detail).toBe(
      "1.02 Gbit/s is >= 1.00 Gbit/s",
    );
  });

  test("is told with as many digits as it takes to see why", () => {
    expect(evaluate(metric("loss", "docker-bridge"), "<=", number(0.000001))?.detail).toBe(
      "13.3333 % is not <= 0.0001 %",
    );
    expect(evaluate(metric("throughput", "vhost-user"), ">=", number(2_000_100))?.detail).toBe(
      "2 Mpps is not >= 2.0001 Mpps",
    );
  });

  test("without a datapath has to hold for every arm, and shows one where it does not", () => {
    expect(evaluate(metric("throughput"), ">", number(1000))?.passed).toBe(true);
    expect(evaluate(metric("loss"), "<=", number(0.1))).toMatchObject({
      passed: false,
      detail: "docker-bridge: 13.3 % is not <= 10.0 %",
    });
  });

  test("on an arm that was not measured does not pass", () => {
    expect(evaluate(metric("throughput", "macvlan"), ">=", number(0))).toEqual({
      text: "the line",
      passed: false,
      right: 0,
      detail: "macvlan was not measured: it is not among the datapaths of this run.",
    });
  });

  test("on an arm without a complete trial, or on nothing at all, does not pass", () => {
    const cutShort = arms.map((arm) => ({ ...arm, trials: [], throughputPps: undefined }));
    const line = [expectation(metric("throughput"), ">=", number(0))];
    expect(evaluateExpectations(line, cutShort)[0]?.detail).toBe("docker-bridge has no usable trial.");
    expect(evaluateExpectations(line, [])[0]).toMatchObject({ passed: false, detail: "Nothing was measured." });
  });

  test("on a metric that the trials did not measure does not pass", () => {
    const silent = arms.map((arm) => ({ ...arm, latencyNs: undefined }));
    const line = [expectation(metric("latency_p50", "vhost-user"), "<", number(1))];
    expect(evaluateExpectations(line, silent)[0]?.detail).toBe("vhost-user: no latency_p50 was measured.");
  });
});

test("relations agree with each other", () => {
  const term = fc.oneof(
    fc.double({ min: 0, max: 1e10, noNaN: true }).map(number),
    fc
      .tuple(
        // Only a search has ndr and pdr, and what was not measured fulfils no relation.
        fc.constantFrom(...METRICS.filter((name) => name !== "ndr" && name !== "pdr")),
        fc.constantFrom("docker-bridge", "vhost-user"),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
      )
      .map(([name, datapath, factor]) => metric(name, datapath as Datapath, factor)),
  );
  fc.assert(
    fc.property(term, term, (left, right) => {
      const passed = (relation: Expectation["relation"], a = left, b = right) => evaluate(a, relation, b)?.passed;
      expect(passed(">=")).toBe(!passed("<"));
      expect(passed("<=")).toBe(!passed(">"));
      expect(passed(">=")).toBe(passed("<=", right, left));
      expect(passed(">=", left, left)).toBe(true);
    }),
  );
});

test("ndr and pdr are what a search found for the goal of that name", () => {
  const [arm] = madeUpResult(["vhost-user"], madeUpTrials("vhost-user", 4_000_000, [1])).arms;
  if (arm === undefined) throw new Error("no arm");
  const goal = {
    name: "PDR",
    lossRatio: 0.005,
    exceedRatio: 0.5,
    finalTrialDurationMs: 1000,
    durationSumMs: 1000,
    width: 0.01,
    initialTrialDurationMs: 1000,
  };
  const found = {
    goal,
    finished: true,
    lowerPps: 1_000_000,
    upperPps: 1_005_000,
    conditionalThroughputPps: 999_000,
    lossInversion: false,
    lowerTrials: [],
    upperTrials: [],
    detail: "",
  };
  const outcome = {
    kind: "search" as const,
    end: "found" as const,
    goals: [found],
    minLoadPps: 9001,
    maxLoadPps: 2e6,
    maxLoadFrom: "generator" as const,
    trials: 9,
    trialTimeMs: 9000,
  };
  const line = (text: "ndr" | "pdr") => [expectation(metric(text), ">=", number(900_000))];
  expect(evaluateExpectations(line("pdr"), [{ ...arm, outcome }])[0]).toMatchObject({ passed: true, left: 999_000 });
  expect(evaluateExpectations(line("ndr"), [{ ...arm, outcome }])[0]).toMatchObject({ passed: false });
});
