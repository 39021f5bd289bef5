import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { TooLargeError } from "../../host/read-at-most.ts";
import { type Series, seriesOf } from "../../measure/history.ts";
import type { Result } from "../../measure/result.ts";
import { LARGEST_RESULT_BYTES, validateResult } from "../../measure/validate-result.ts";
import { formatHistory } from "../../report/history-text.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { readJson } from "../result-file.ts";
import { note, outputOf, print, printJson } from "../terminal.ts";

const RESULTS = "results";

/** `corebed history [DIR]`: how the figures of a topology went from result to result, and where they changed. */
export function addHistory(program: Command): void {
  program
    .command("history")
    .description(
      "show how throughput went from result to result on hosts of one kind, and where it changed (minimum description length)",
    )
    .argument("[directory]", "where the result files are", RESULTS)
    .option("--topology <name>", "only results of this topology")
    .option("--json", "print the series as JSON")
    .addHelpText(
      "after",
      examples(
        ["corebed history", "of the results in results/"],
        ["corebed history nightly --topology pktgen-stats", "one topology, elsewhere"],
      ),
    )
    .action(async (directory: string, options: { readonly topology?: string; readonly json?: boolean }) => {
      const { results, unreadable, tooLarge } = await readResults(directory);
      const wanted = results.filter(
        ({ topology }) => options.topology === undefined || topology.name === options.topology,
      );
      const series: readonly Series[] = seriesOf(wanted);
      if (series.length === 0) {
        throw new Exit(
          EXIT.badInput,
          `error: ${directory}: there is no measured result of ${options.topology ?? "corebed"} here\n  = help: give the directory that corebed run and compare write to (--out)`,
        );
      }
      if (options.json === true) printJson({ series });
      else print(series.map((one) => formatHistory(one, outputOf(process.stdout))).join("\n\n"));
      for (const path of tooLarge) note(`${path}: ${new TooLargeError(LARGEST_RESULT_BYTES).message}: left out.`);
      if (unreadable > 0)
        note(
          unreadable === 1
            ? `Another JSON file in ${directory} is no result of this version: left out.`
            : `${unreadable} other JSON files in ${directory} are no results of this version: left out.`,
        );
    });
}

interface Read {
  readonly results: readonly Result[];
  /** So many files are something else. */
  readonly unreadable: number;
  readonly tooLarge: readonly string[];
}

async function readResults(directory: string): Promise<Read> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException): never => {
    const reason = error.code === "ENOENT" ? "there is no such directory" : `cannot be read (${error.code})`;
    throw new Exit(EXIT.badInput, `error: ${directory}: ${reason}`);
  });
  const results: Result[] = [];
  const tooLarge: string[] = [];
  let unreadable = 0;
  // One after another: the texts of all at once would be as much memory again.
  for (const path of names.filter((name) => name.endsWith(".json")).map((name) => join(directory, name))) {
    const json = await readJson(path).catch((error: unknown) => {
      if (error instanceof TooLargeError) tooLarge.push(path);
      return undefined;
    });
    const checked = validateResult(json);
    if (checked.ok) results.push(checked.result);
    else if (!tooLarge.includes(path)) unreadable += 1;
  }
  return { results, unreadable, tooLarge };
}
