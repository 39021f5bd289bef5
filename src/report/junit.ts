import { formatPercent, formatRate } from "../measure/quantity.ts";
import type { Arm, Result } from "../measure/result.ts";
import { cautions, headline, SIMULATED, whereMeasured } from "./headline.ts";
import { outcomeLines } from "./outcome-lines.ts";
import { packetLines } from "./packet-lines.ts";
import { comparisonSentence, verdictSentence } from "./verdict-sentence.ts";
import { type Attributes, element } from "./xml.ts";

/** What kept a result from coming about: shown as a test of its own that broke. */
export interface JunitProblem {
  /** What corebed was about to do: `doctor`, `measure`. */
  readonly stage: string;
  readonly message: string;
}

interface TestCase {
  readonly name: string;
  readonly classname: string;
  readonly seconds?: number;
  /** error: it could not be told; failure: it was told, and is not as it should be. */
  readonly bad?: {
    readonly kind: "error" | "failure";
    readonly type: string;
    readonly message: string;
    readonly text: string;
  };
  readonly output?: readonly string[];
}

/**
 * Results as JUnit XML, in the dialect that Jenkins, GitLab and others read: a suite for each result, in it a test case for each arm, each expectation, each arm
 * of a baseline, and one for the packets. Ends with a line feed.
 */
export function formatJunit(results: readonly Result[], problem?: JunitProblem): string {
  const suites = [...results.map(suiteOf), ...(problem === undefined ? [] : [problemSuite(problem)])];
  const sum = (key: "tests" | "failures" | "errors") => suites.reduce((total, { counts }) => total + counts[key], 0);
  const attributes = { name: "corebed", tests: sum("tests"), failures: sum("failures"), errors: sum("errors") };
  const lines = [
    element(
      "testsuites",
      attributes,
      suites.flatMap(({ lines }) => lines),
    ),
  ].flat();
  return `<?xml version="1.0" encoding="UTF-8"?>\n${lines.join("\n")}\n`;
}

interface Suite {
  readonly counts: { readonly tests: number; readonly failures: number; readonly errors: number };
  readonly lines: readonly string[];
}

function suiteOf(result: Result): Suite {
  const classname = `corebed.${result.kind}.${result.topology.name}`;
  const cases = [
    ...result.arms.map((arm) => armCase(arm, result, classname)),
    ...(result.baseline?.arms ?? []).map((entry) => baselineCase(entry, classname)),
    ...result.expectations.map(({ text, passed, detail }): TestCase => {
      const bad = { kind: "failure", type: "expectation", message: detail, text: `${text}\n${detail}` } as const;
      return { name: `expect ${text}`, classname, output: [detail], ...(!passed && { bad }) };
    }),
    packetCase(result, classname),
  ];
  const about = {
    timestamp: result.startedAt.replace(/\.\d+Z$/, "").replace(/Z$/, ""),
    hostname: result.host.hostname,
    time: seconds(cases.reduce((sum, { seconds: time = 0 }) => sum + time, 0)),
  };
  const properties = {
    "corebed.version": result.corebedVersion,
    "corebed.simulated": String(result.simulated),
    "corebed.complete": String(result.complete),
    "corebed.topology": result.topology.file,
    "corebed.topology.sha256": result.topology.sha256,
    "corebed.seed": String(result.seed),
    ...(result.baseline !== undefined && { "corebed.baseline": result.baseline.file }),
  };
  const output = [
    ...(result.simulated ? [SIMULATED] : []),
    headline(result),
    ...cautions(result),
    whereMeasured(result),
  ];
  return suite(`corebed ${result.kind} ${result.topology.name}`, cases, about, properties, output);
}

/** An arm is well if it was measured; how fast it is, is for the expectations. Doubts are told and fail nothing. */
function armCase(arm: Arm, result: Result, classname: string): TestCase {
  const [first] = result.arms;
  const { summary, places } = packetLines(arm);
  const output = [
    ...(arm.throughputPps === undefined ? [] : [`Delivered: ${formatRate(arm.throughputPps.median)} (median)`]),
    ...(arm.lossRatio === undefined ? [] : [`Lost: ${formatPercent(arm.lossRatio.median)} (median)`]),
    ...outcomeLines(arm),
    ...(first === undefined || first === arm || result.kind === "sweep" ? [] : [verdictSentence(arm, first)]),
    summary,
    ...places.map(({ packets, text }) => `  ${packets} ${text}`),
    ...arm.flags.map(({ code, message }) => `${code}: ${message}`),
  ];
  const measuredMs = arm.trials.reduce((sum, { chains }) => sum + Math.max(0, ...chains.map(durationMs)), 0);
  const base = { name: `measure ${arm.name}`, classname, seconds: measuredMs / 1000, output };
  if (arm.trials.some(({ usable }) => usable)) return base;
  const message =
    arm.trials.length === 0 ? "No trial was run." : `None of ${arm.trials.length} trials is usable: ${reasons(arm)}`;
  return { ...base, bad: { kind: "error", type: "not-measured", message, text: message } };
}

function durationMs({ durationNs }: Arm["trials"][number]["chains"][number]): number {
  return durationNs / 1e6;
}

function reasons(arm: Arm): string {
  return arm.flags[0]?.message ?? "see the result file";
}

type BaselineArm = NonNullable<Result["baseline"]>["arms"][number];

function baselineCase({ name, comparison }: BaselineArm, classname: string): TestCase {
  const sentence =
    comparison.ratio === undefined
      ? `${name} cannot be compared with the baseline.`
      : comparisonSentence(comparison, comparison.ratio, name, "the baseline");
  const bad = { kind: "failure", type: "regression", message: sentence, text: sentence } as const;
  return { name: `baseline ${name}`, classname, output: [sentence], ...(comparison.verdict === "worse" && { bad }) };
}

function packetCase({ errors }: Result, classname: string): TestCase {
  const name = "every packet is accounted for";
  const [first] = errors;
  if (first === undefined) return { name, classname };
  return {
    name,
    classname,
    bad: { kind: "failure", type: "unexplained-loss", message: first, text: errors.join("\n") },
  };
}

function problemSuite({ stage, message }: JunitProblem): Suite {
  const [first = "It failed."] = message.split("\n");
  const bad = { kind: "error", type: "not-done", message: first, text: message } as const;
  return suite("corebed ci", [{ name: stage, classname: "corebed.ci", bad }], {}, {}, []);
}

function suite(
  name: string,
  cases: readonly TestCase[],
  about: Attributes,
  properties: Readonly<Record<string, string>>,
  output: readonly string[],
): Suite {
  const count = (kind: "error" | "failure") => cases.filter(({ bad }) => bad?.kind === kind).length;
  const counts = { tests: cases.length, failures: count("failure"), errors: count("error") };
  const entries = Object.entries(properties).flatMap(([key, value]) => element("property", { name: key, value }));
  const lines = element("testsuite", { name, ...counts, skipped: 0, ...about }, [
    ...(entries.length === 0 ? [] : element("properties", {}, entries)),
    ...cases.flatMap(caseLines),
    ...systemOut(output),
  ]);
  return { counts, lines };
}

function caseLines({ name, classname, seconds: time = 0, bad, output = [] }: TestCase): readonly string[] {
  return element("testcase", { name, classname, time: seconds(time) }, [
    ...(bad === undefined ? [] : element(bad.kind, { message: bad.message, type: bad.type }, bad.text)),
    ...systemOut(output),
  ]);
}

function systemOut(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : element("system-out", {}, lines.join("\n"));
}

/** Seconds as Surefire writes them: a point, no exponent, no thousands. */
function seconds(value: number): string {
  return Math.max(0, value).toFixed(3);
}
