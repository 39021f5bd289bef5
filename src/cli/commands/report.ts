import { join } from "node:path";
import { type Command, Option } from "commander";
import type { Result } from "../../measure/result.ts";
import { formatCsv } from "../../report/csv.ts";
import { formatMarkdown } from "../../report/format-markdown.ts";
import { formatJunit } from "../../report/junit.ts";
import { resultJson } from "../../report/result-json.ts";
import { examples } from "../help-examples.ts";
import { writeHtmlReport } from "../html-report.ts";
import { type Form, outputPath, pictureDirectory } from "../report-output.ts";
import { readResult } from "../result-file.ts";
import { note, print } from "../terminal.ts";
import { writeWhole } from "../write-whole.ts";

/** The options that choose a form; one at most. */
const CHOICES = ["html", "markdown", "json", "csv", "junit", "svg"] as const;
type Choice = (typeof CHOICES)[number];

type Options = { readonly [K in Choice]?: boolean } & { readonly out?: string };

/** `corebed report RESULT...`: a result, or several side by side, in the form that a reader or a program wants. */
export function addReport(program: Command): void {
  const command = program
    .command("report")
    .description("show results: one HTML page with plots, or Markdown, CSV, JSON, JUnit, or the plots as SVG files")
    .argument("<result...>", "result files; several get one page with a table that puts them side by side");
  const choice = (name: Choice, description: string) =>
    command.addOption(new Option(`--${name}`, description).conflicts(CHOICES.filter((other) => other !== name)));
  choice("html", "one page that needs neither network nor scripts (the default)");
  choice("markdown", "tables and sentences for a comment or a job summary");
  choice("json", "the results, checked; several as an array");
  choice("csv", "a line for each trial and chain (RFC 4180)");
  choice("junit", "test cases for arms, expectations and the baseline, for CI");
  choice("svg", "each plot as a file of its own, into the directory --out");
  command
    .option(
      "--out <path>",
      "file, or directory, or - for standard output (default: the page beside the result, text to standard output)",
    )
    .addHelpText("after", EXAMPLES)
    .action(async (paths: readonly string[], options: Options) => {
      const results: Result[] = [];
      for (const path of paths) results.push(await readResult(path));
      const chosen = CHOICES.find((name) => options[name] === true) ?? "html";
      if (chosen === "svg") await writePictures(results, pictureDirectory(paths, options.out));
      else await writeReport(chosen, results, await outputPath(chosen, paths, options.out));
    });
}

const EXAMPLES = examples(
  ["corebed report results/NAME.json", "writes results/NAME.html"],
  ["corebed report before.json after.json --out both.html", "side by side"],
  ["corebed report --csv results/*.json --out trials.csv", "every trial"],
  'corebed report --markdown results/NAME.json >> "$GITHUB_STEP_SUMMARY"',
);

async function writeReport(form: Form, results: readonly Result[], path: string | undefined): Promise<void> {
  if (form === "html" && path !== undefined) await writeHtmlReport(results, path);
  else {
    const text = await textOf(form, results);
    if (path === undefined) {
      process.stdout.write(text);
      return;
    }
    await writeWhole(path, text);
  }
  print(`Report: ${path}`);
}

async function textOf(form: Form, results: readonly Result[]): Promise<string> {
  switch (form) {
    case "html":
      return (await import("../../report/html/page.ts")).htmlReport(results);
    case "markdown":
      return results.map(formatMarkdown).join("\n");
    case "csv":
      return formatCsv(results);
    case "junit":
      return formatJunit(results);
    case "json":
      return jsonOf(results);
  }
}

/** One result as it is; several as an array of them. */
function jsonOf(results: readonly Result[]): string {
  const texts = results.map(resultJson);
  return texts.length === 1 ? texts.join("") : `[\n${texts.map((text) => text.trimEnd()).join(",\n")}\n]\n`;
}

/** One file for each plot, `TOPOLOGY-PLOT.svg`; numbered where there are several results. */
async function writePictures(results: readonly Result[], directory: string): Promise<void> {
  const { plotFiles } = await import("../../report/plot/plot-files.ts");
  const files = results.flatMap((result, index) =>
    plotFiles(result, results.length > 1 ? `${index + 1}-${result.topology.name}` : result.topology.name),
  );
  if (files.length === 0) note("There is nothing to plot: no trial is usable.");
  for (const { name, svg } of files) {
    const path = join(directory, name);
    await writeWhole(path, svg);
    print(`Plot: ${path}`);
  }
}
