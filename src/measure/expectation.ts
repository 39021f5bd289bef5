import type { Datapath, Expectation, Metric, Term } from "../topology/topology.ts";
import { exactNumber, formatMetric, formatNumber } from "./quantity.ts";
import type { Arm, ExpectationResult } from "./result.ts";

/**
 * Evaluates the `expect:` lines on the medians of the arms. A metric that names no datapath stands for every arm: the line then has to hold for each of
 * them, and the result shows the first where it does not. What was not measured does not pass.
 */
export function evaluateExpectations(
  expectations: readonly Expectation[],
  arms: readonly Arm[],
): readonly ExpectationResult[] {
  return expectations.map((expectation) => {
    const everyArm = [expectation.left, expectation.right].some(isForEveryArm);
    const subjects = everyArm ? arms : arms.slice(0, 1);
    const results = subjects.map((arm) => evaluate(expectation, arms, arm));
    const result = results.find(({ passed }) => !passed) ?? results[0];
    return result ?? { text: expectation.text, passed: false, detail: "Nothing was measured." };
  });
}

/** An arm's median of a metric in its base unit; undefined if no complete trial measured it. */
export function metricOf(arm: Arm, metric: Metric): number | undefined {
  switch (metric) {
    case "throughput":
      return arm.throughputPps?.median;
    case "ndr":
    case "pdr":
      return found(arm, metric);
    case "bandwidth":
      return arm.bandwidthBps?.median;
    case "loss":
      return arm.lossRatio?.median;
    case "latency_p50":
      return nanoseconds(arm.latencyNs?.p50.median);
    case "latency_p99":
      return nanoseconds(arm.latencyNs?.p99.median);
  }
}

/** What a throughput search found for the goal of this name. */
function found({ outcome }: Arm, goal: "ndr" | "pdr"): number | undefined {
  const search =
    outcome?.kind === "latency-profile" ? outcome.search : outcome?.kind === "search" ? outcome : undefined;
  return search?.goals.find(({ goal: { name } }) => name.toLowerCase() === goal)?.conditionalThroughputPps;
}

function evaluate(expectation: Expectation, arms: readonly Arm[], subject: Arm): ExpectationResult {
  const { text, left, relation, right } = expectation;
  const unit = unitOf(left) ?? unitOf(right);
  const a = resolveTerm(left, arms, subject, unit);
  const b = resolveTerm(right, arms, subject, unit);
  const problem = a.problem ?? b.problem;
  if (problem !== undefined || a.value === undefined || b.value === undefined) {
    const known = { ...(a.value !== undefined && { left: a.value }), ...(b.value !== undefined && { right: b.value }) };
    return { text, passed: false, ...known, detail: problem ?? "Nothing was measured." };
  }
  const passed = holds(a.value, relation, b.value);
  const where = [left, right].some(isForEveryArm) && arms.length > 1 ? `${subject.name}: ` : "";
  // Rounded alike, or to "less than", they would tell nothing of how they compare.
  const tooShort = a.value !== b.value && (a.text === b.text || a.text?.startsWith("<") || b.text?.startsWith("<"));
  const [c, d] = tooShort ? [left, right].map((term) => resolveTerm(term, arms, subject, unit, exactNumber)) : [a, b];
  const detail = `${where}${c?.text} is ${passed ? "" : "not "}${relation} ${d?.text}`;
  return { text, passed, left: a.value, right: b.value, detail };
}

interface Value {
  readonly value?: number;
  readonly text?: string;
  readonly problem?: string;
}

function resolveTerm(
  term: Term,
  arms: readonly Arm[],
  subject: Arm,
  unit: Metric | undefined,
  write: (value: number) => string = formatNumber,
): Value {
  if (term.kind === "number") {
    return { value: term.value, text: unit ? formatMetric(unit, term.value, write) : write(term.value) };
  }
  const name = term.datapath ?? subject.name;
  const arm = term.datapath === undefined ? subject : armOn(arms, term.datapath, subject);
  if (arm === undefined) return { problem: `${name} was not measured: it is not among the datapaths of this run.` };
  const measured = metricOf(arm, term.metric);
  if (measured === undefined) {
    const usable = arm.trials.some((trial) => trial.usable);
    return { problem: usable ? `${name}: no ${term.metric} was measured.` : `${name} has no usable trial.` };
  }
  const value = term.factor * measured;
  const text = formatMetric(term.metric, value, write);
  const sum = `${term.factor} x ${formatMetric(term.metric, measured, write)} = ${text}`;
  return { value, text: term.factor === 1 ? text : sum };
}

/** The arm on a datapath; of several the one whose other settings are the subject's. */
function armOn(arms: readonly Arm[], datapath: Datapath, subject: Arm): Arm | undefined {
  const others = (arm: Arm) => JSON.stringify(arm.settings.filter(({ parameter }) => parameter !== "datapath"));
  const on = arms.filter((arm) => arm.datapath === datapath);
  return on.find((arm) => others(arm) === others(subject)) ?? on[0];
}

function holds(left: number, relation: Expectation["relation"], right: number): boolean {
  switch (relation) {
    case ">=":
      return left >= right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case "<":
      return left < right;
  }
}

function isForEveryArm(term: Term): boolean {
  return term.kind === "metric" && term.datapath === undefined;
}

function unitOf(term: Term): Metric | undefined {
  return term.kind === "metric" ? term.metric : undefined;
}

function nanoseconds(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value / 1e9;
}
