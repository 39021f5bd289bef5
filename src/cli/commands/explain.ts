import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import type { Lab } from "../../lab/lab.ts";
import { explain } from "../../measure/explain/explain.ts";
import type { Result } from "../../measure/result.ts";
import { formatExplanation } from "../../report/explanation-text.ts";
import { EXIT, Exit } from "../exit.ts";
import { readResult } from "../result-file.ts";
import { outputOf, print, printJson } from "../terminal.ts";

const RESULTS = "results";

/** `corebed explain [RESULT]`: what limited the throughput. */
export function addExplain(program: Command): void {
  program
    .command("explain")
    .description(
      "name what limited the throughput of each arm of a result, with the figures behind it and one thing to try",
    )
    .argument("[result]", `result file (default: the newest in ${RESULTS}/)`)
    .option("--json", "print the explanations as JSON")
    .action(async (path: string | undefined, options: { readonly json?: boolean }) => {
      const file = path ?? (await newestResult());
      const result = await readResult(file);
      const explanations = result.arms.map((arm) => ({
        arm: arm.name,
        ...explain(labOf(result, arm.lab), arm.trials),
      }));
      if (options.json === true) {
        printJson({ file, simulated: result.simulated, explanations });
        return;
      }
      const output = outputOf(process.stdout);
      if (result.simulated)
        print("SIMULATED: a modelled data plane made these figures. They say nothing about real hardware.");
      if (path === undefined) print(`${file}:`);
      print(explanations.map(({ arm, ...explanation }) => formatExplanation(arm, explanation, output)).join("\n\n"));
    });
}

function labOf(result: Result, name: string): Lab {
  return result.labs[name] as Lab;
}

async function newestResult(): Promise<string> {
  const names = (await readdir(RESULTS).catch((): string[] => [])).filter((name) => name.endsWith(".json"));
  const dated = await Promise.all(
    names.map(async (name) => ({ path: join(RESULTS, name), at: (await stat(join(RESULTS, name))).mtimeMs })),
  );
  const newest = dated.toSorted((a, b) => b.at - a.at)[0];
  if (newest !== undefined) return newest.path;
  throw new Exit(
    EXIT.badInput,
    `error: there is no result in ${RESULTS}/\n  = help: give a result file, or make one with corebed run`,
  );
}
