import { notMeasured } from "../measure/not-measured.ts";
import type { Result } from "../measure/result.ts";
import type { Diagnostic, SourceFile, Span } from "../topology/diagnostic.ts";
import { clean } from "./text.ts";
import { comparisonSentence } from "./verdict-sentence.ts";

/** A remark at a place of a file, for whatever shows files with remarks. */
export interface Annotation {
  readonly level: "error" | "warning";
  readonly title: string;
  readonly message: string;
  /** Undefined where it is about no place. */
  readonly span: Span | undefined;
}

/** What is wrong with a result, each at the line of the topology that asked for it. */
export function resultAnnotations(
  result: Result,
  source: SourceFile,
  expected: readonly string[],
): readonly Annotation[] {
  const error = (title: string, message: string, span: Span): Annotation => ({ level: "error", title, message, span });
  const broken = result.expectations
    .filter(({ passed }) => !passed)
    .map(({ text, detail }) =>
      error(`Expectation broken: ${text}`, detail, source.locate(["expect", Math.max(0, expected.indexOf(text))])),
    );
  const worse = (result.baseline?.arms ?? [])
    .filter(({ comparison }) => comparison.verdict === "worse")
    .map(({ name, comparison }) =>
      error(
        `Worse than the baseline: ${name}`,
        comparisonSentence(comparison, comparison.ratio ?? 0, name, "the baseline"),
        source.locate(["compare"], "key"),
      ),
    );
  const wrong = result.errors.map((message) =>
    error("Packets that no counter explains", message, source.locate(["chains"], "key")),
  );
  const missing = notMeasured(result).map((message) =>
    error("Not measured", message, source.locate(["traffic"], "key")),
  );
  return [...broken, ...worse, ...wrong, ...missing];
}

/** What is wrong with the file itself. */
export function diagnosticAnnotations(diagnostics: readonly Diagnostic[]): readonly Annotation[] {
  return diagnostics.map(({ severity, code, message, help, span }) => ({
    level: severity,
    title: `corebed: ${code}`,
    message: `${message}\n${help}`,
    span,
  }));
}

/**
 * One workflow command of GitHub Actions, which shows it beside the line: `::error file=lab.yaml,line=3,col=5::...`. `fileOf` turns a file as corebed was
 * given it into one from the root of the repository.
 */
export function githubAnnotation(
  { level, title, message, span }: Annotation,
  fileOf: (file: string) => string,
): string {
  const place: readonly (readonly [string, string])[] =
    span === undefined
      ? []
      : [
          ["file", fileOf(span.file)],
          ["line", String(span.line)],
          ["col", String(span.column)],
          ["endColumn", String(span.column + Math.max(1, span.length))],
        ];
  const properties = [...place, ["title", clean(title, { unicode: true })] as const];
  return `::${level} ${properties.map(([name, value]) => `${name}=${property(value)}`).join(",")}::${data(printable(message))}`;
}

/** Lines stay lines; nothing else moves the cursor of a log. */
function printable(message: string): string {
  return message
    .split(/\r?\n/)
    .map((line) => clean(line, { unicode: true }))
    .join("\n");
}

function data(text: string): string {
  return text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
}

function property(text: string): string {
  return data(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
}
