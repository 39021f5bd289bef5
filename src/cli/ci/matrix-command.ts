import { type Command, InvalidArgumentError, Option } from "commander";
import { EXIT, Exit } from "../exit.ts";
import { loadTopology } from "../input.ts";
import { CI_SYSTEMS, type CiSystem, formatMatrix, type MatrixSettings } from "./matrix.ts";
import type { CiOptions } from "./options.ts";

/** What `--matrix` adds to the options of `corebed ci`. */
export interface MatrixOptions {
  readonly matrix?: CiSystem;
  readonly runner?: MatrixSettings["runners"];
}

/** Adds `--matrix` and `--runner`. */
export function addMatrixOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--matrix <system>",
        "measure nothing: print the jobs that measure these files, one for each file and --runner, with the other options given here",
      ).choices([...CI_SYSTEMS]),
    )
    .option(
      "--runner <labels>",
      "with --matrix: labels of a runner that is to measure, separated by commas; once for each runner",
      runner,
    );
}

function runner(text: string, before: MatrixSettings["runners"] = []): MatrixSettings["runners"] {
  const labels = text.split(",").map((label) => label.trim());
  if (labels.includes("")) throw new InvalidArgumentError("It takes labels separated by commas.");
  return [...before, labels];
}

/** Options that have a place of their own in a job, or make no sense there. */
const NOT_ARGUMENTS = ["matrix", "runner", "json", "out", "baseline", "wait", "timeLimit"];

/** The jobs that measure these files, for the CI system; ends the command if a file is wrong. */
export async function matrixText(
  system: CiSystem,
  paths: readonly string[],
  options: CiOptions & MatrixOptions,
  command: Command,
): Promise<string> {
  if (paths.includes("-")) throw new Exit(EXIT.usage, "error: --matrix names files, and standard input has no name");
  const files = [];
  for (const path of paths) files.push({ path, name: (await loadTopology(path, false)).topology.name });
  const given = command.options.filter((option) => command.getOptionValueSource(option.attributeName()) === "cli");
  const isGiven = (name: string): boolean => given.some((option) => option.attributeName() === name);
  const args = given
    .filter((option) => !NOT_ARGUMENTS.includes(option.attributeName()))
    .flatMap((option) => {
      const value: unknown = command.getOptionValue(option.attributeName());
      return value === true ? [option.long ?? ""] : [option.long ?? "", String(value)];
    });
  // The jobs' own scripts separate arguments by blanks.
  const odd = args.find((arg) => /\s/.test(arg));
  if (odd !== undefined) throw new Exit(EXIT.usage, `error: an option of a job can have no blanks: ${odd}`);
  return formatMatrix(system, files, {
    runners: options.runner ?? [],
    args,
    ...(options.baseline !== undefined && { baseline: options.baseline }),
    ...(isGiven("wait") && { waitS: options.wait / 1000 }),
    ...(options.timeLimit !== undefined && { timeLimitS: options.timeLimit / 1000 }),
  });
}
