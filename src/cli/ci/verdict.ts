import { notMeasured } from "../../measure/not-measured.ts";
import type { Result } from "../../measure/result.ts";
import type { CiVerdict } from "../../report/merge-request-comment.ts";
import type { Diagnostic } from "../../topology/diagnostic.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import { explain } from "../explain-error.ts";
import { ARTEFACTS } from "./artefacts.ts";
import type { StageName } from "./stages.ts";

/** What a run came to. */
export interface Outcome {
  readonly code: ExitCode;
  readonly verdict: CiVerdict;
}

/** What is known at the end of a run. */
export interface Ending {
  readonly name: string;
  readonly result: Result | undefined;
  /** What ended it before it was through. */
  readonly error: unknown;
  /** Signal, time limit, lost lease: it weighs more than the errors that follow from it. */
  readonly cause: Exit | undefined;
  /** Where it ended. */
  readonly stage: StageName | undefined;
}

/** Puts the ending of a run into an exit code, and words. */
export function outcomeOf({ name, result, error, cause, stage }: Ending): Outcome {
  if (cause !== undefined) return notDone(name, cause.code, cause.message, stage);
  if (error !== undefined) {
    const { code, message } = explain(error);
    const diagnostics = error instanceof Exit ? error.diagnostics : [];
    return notDone(name, code, message === "" ? diagnosticText(diagnostics) : message, stage);
  }
  if (result === undefined) return notDone(name, EXIT.bug, "error: internal: there is no result", stage);
  const reasons = reasonsOf(result);
  const passed = reasons.length === 0;
  const model = result.simulated ? " (SIMULATED)" : "";
  const sentence = passed
    ? `passed${model}: ${holdsText(result.expectations.length)}`
    : `failed${model}: ${reasons.join("; ")}`;
  return { code: passed ? EXIT.ok : EXIT.failed, verdict: { name, passed, sentence, problem: undefined } };
}

function holdsText(expectations: number): string {
  if (expectations === 0) return "nothing was expected";
  return expectations === 1 ? "the expectation holds" : `all ${expectations} expectations hold`;
}

function notDone(name: string, code: ExitCode, message: string, stage: StageName | undefined): Outcome {
  const problem = message === "" ? `See ${ARTEFACTS.log}.` : message.replace(/^error: /, "");
  const where = stage === undefined ? "" : ` in stage ${stage}`;
  const sentence = `not done: it ended${where} with exit code ${code}`;
  return { code, verdict: { name, passed: false, sentence, problem } };
}

function reasonsOf(result: Result): readonly string[] {
  const broken = result.expectations.filter(({ passed }) => !passed).length;
  const all = result.expectations.length;
  const worse = (result.baseline?.arms ?? []).filter(({ comparison }) => comparison.verdict === "worse");
  return [
    ...(broken === 0
      ? []
      : [
          all === 1
            ? "the expectation is broken"
            : `${broken} of ${all} expectations ${broken === 1 ? "is" : "are"} broken`,
        ]),
    ...worse.map((arm) => `${arm.name} is worse than the baseline`),
    ...notMeasured(result),
    ...(result.errors.length === 0 ? [] : ["packets are missing that no counter explains"]),
  ];
}

/** The first line of each, with its place; the code frames have been shown. */
function diagnosticText(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ span, message }) => (span === undefined ? message : `${span.file}:${span.line}:${span.column}: ${message}`))
    .join("\n");
}
