import { appendFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import type { Result } from "../../measure/result.ts";
import {
  type Annotation,
  diagnosticAnnotations,
  githubAnnotation,
  resultAnnotations,
} from "../../report/annotations.ts";
import { formatJunit, type JunitProblem } from "../../report/junit.ts";
import { formatCiComment, formatCiSummary } from "../../report/merge-request-comment.ts";
import type { Diagnostic } from "../../topology/diagnostic.ts";
import { writeHtmlReport } from "../html-report.ts";
import type { TopologyFile } from "../input.ts";
import { note } from "../terminal.ts";
import type { Artefacts } from "./artefacts.ts";
import type { Outcome } from "./verdict.ts";

/** What is published of a run. */
export interface Publication {
  readonly outcome: Outcome;
  readonly file: TopologyFile | undefined;
  readonly result: Result | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly problem: JunitProblem | undefined;
}

/** GitHub takes 1 MiB for a step. */
const LONGEST_SUMMARY = 1_000_000;

/** Writes all reports into the artefacts, and hands them to the CI system that this runs in, if it is known by its environment. */
export async function publish(publication: Publication, artefacts: Artefacts, json: boolean): Promise<void> {
  const { outcome, result, problem } = publication;
  const summary = formatCiSummary(outcome.verdict, result);
  await artefacts.write("junit", formatJunit(result === undefined ? [] : [result], problem));
  await artefacts.write("summary", summary);
  await artefacts.write("comment", formatCiComment(outcome.verdict, result));
  const { GITHUB_STEP_SUMMARY, GITHUB_ACTIONS, GITHUB_WORKSPACE = "." } = process.env;
  const lines = annotationsOf(publication).map((annotation) =>
    githubAnnotation(annotation, (path) => relative(resolve(GITHUB_WORKSPACE), resolve(path))),
  );
  await artefacts.write("annotations", lines.map((line) => `${line}\n`).join(""));
  if (GITHUB_ACTIONS) {
    const stream = json ? process.stderr : process.stdout;
    for (const line of lines) stream.write(`${line}\n`);
  }
  if (GITHUB_STEP_SUMMARY) await addToStepSummary(GITHUB_STEP_SUMMARY, summary);
  // Last, since it takes the longest.
  if (result !== undefined) await writeHtmlReport(result, artefacts.path("report"));
}

function annotationsOf({ outcome, file, result, diagnostics, problem }: Publication): readonly Annotation[] {
  const ofResult = file !== undefined && result !== undefined && problem === undefined;
  const found = [
    ...diagnosticAnnotations(diagnostics),
    ...(ofResult
      ? resultAnnotations(
          result,
          file.source,
          file.topology.expect.map(({ text }) => text),
        )
      : []),
  ];
  if (found.length > 0 || problem === undefined) return found;
  const title = `corebed ci: ${outcome.verdict.sentence}`;
  return [{ level: "error", title, message: problem.message, span: undefined }];
}

/** A summary that cannot be shown is a pity, and no reason to fail. */
async function addToStepSummary(path: string, summary: string): Promise<void> {
  const text =
    summary.length <= LONGEST_SUMMARY
      ? summary
      : `${summary.slice(0, summary.lastIndexOf("\n", LONGEST_SUMMARY))}\n\nThe rest is in summary.md.\n`;
  await appendFile(path, text).catch((error: NodeJS.ErrnoException) => {
    note(`note: the step summary ${path} cannot be written (${error.code})`);
  });
}
