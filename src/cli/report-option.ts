import type { Command } from "commander";
import type { Result } from "../measure/result.ts";
import { htmlPathOf, writeHtmlReport } from "./html-report.ts";
import { resultPath, stampOf } from "./result-file.ts";
import { note, print } from "./terminal.ts";

/** `--report` of the commands that measure. */
export interface ReportOptions {
  readonly report?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds `--report`. */
export function addReportOption(command: Command): Command {
  return command.option("--report", "write the page with the plots beside the result file (see corebed report)");
}

/** Writes the page if it was asked for, and says where it is. */
export async function writeReport(result: Result, { report, out, json }: ReportOptions): Promise<void> {
  if (report !== true) return;
  const path = htmlPathOf(out ?? resultPath(result.topology.name, result.kind, stampOf(new Date(result.startedAt))));
  await writeHtmlReport(result, path);
  if (json === true) note(`Report: ${path}`);
  else print(`Report: ${path}`);
}
