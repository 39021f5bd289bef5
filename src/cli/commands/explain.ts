import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { type Explanation, explain } from "../../measure/explain/explain.ts";
import type { Result } from "../../measure/result.ts";
import { formatExplanation } from "../../report/explanation-text.ts";
import { SIMULATED } from "../../report/headline.ts";
import { labOf } from "../../report/html/lab-of.ts";
import { hanging } from "../../report/text.ts";
import { simulatedFacts } from "../../simulate/facts.ts";
import { simulatedTrials } from "../../simulate/simulated-trials.ts";
import { quote } from "../../topology/wording.ts";
import { runArms } from "../arms.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { loadTopology } from "../input.ts";
import { readResult } from "../result-file.ts";
import { outputOf, print, printJson } from "../terminal.ts";
import { refuseSeveral } from "../where.ts";

const RESULTS = "results";

/** `corebed explain [RESULT]`: what limited the throughput. */
export function addExplain(program: Command): void {
  program
    .command("explain")
    .description(
      "name what limited the throughput of each arm of a result, with the figures behind it and one thing to try",
    )
    .argument("[result]", `result file (default: the newest in ${RESULTS}/); with --simulate a topology file`)
    .option("--simulate", "explain what a model makes of a topology file")
    .option("--json", "print the explanations as JSON")
    .addHelpText(
      "after",
      examples(
        ["corebed explain", "the newest result in results/"],
        ["corebed explain results/NAME.json", "another one"],
        ["corebed explain lab.yaml --simulate", "what limits a model of it"],
      ),
    )
    .action(async (path: string | undefined, options: Options) => {
      if (options.simulate === true && path === undefined) {
        throw new Exit(EXIT.usage, "error: give a topology file with --simulate: corebed explain lab.yaml --simulate");
      }
      const file = path ?? (await newestResult());
      const { simulated, explanations } =
        options.simulate === true ? await ofTopology(file, options) : ofResult(await readResult(file));
      if (options.json === true) {
        printJson({ file, simulated, explanations });
        return;
      }
      const output = outputOf(process.stdout);
      if (simulated) print(hanging("", SIMULATED, output).join("\n"));
      if (path === undefined) print(`${file}:`);
      print(explanations.map(({ arm, ...explanation }) => formatExplanation(arm, explanation, output)).join("\n\n"));
    });
}

interface Options {
  readonly simulate?: boolean;
  readonly json?: boolean;
}

interface Explained {
  readonly simulated: boolean;
  readonly explanations: readonly (Explanation & { readonly arm: string })[];
}

function ofResult(result: Result): Explained {
  const explanations = result.arms.map((arm) => {
    const lab = labOf(result, arm.lab);
    if (lab === undefined) {
      throw new Exit(
        EXIT.badInput,
        `error: the result has no lab ${quote(arm.lab)} of this version, which ${quote(arm.name)} was measured on\n  = help: use the corebed that wrote it (${quote(result.corebedVersion)})`,
      );
    }
    return { arm: arm.name, ...explain(lab, arm.trials) };
  });
  return { simulated: result.simulated, explanations };
}

/** What would limit the labs of a topology if the model were right. */
async function ofTopology(path: string, options: Options): Promise<Explained> {
  const json = options.json === true;
  const file = await loadTopology(path, json);
  refuseSeveral(
    file.topology,
    "there is no model of tunnels between hosts",
    "explain a result of it: corebed run, then corebed explain",
  );
  const context = {
    facts: simulatedFacts(),
    fold: false,
    allowPrivileged: true,
    json,
    trials: undefined,
    measure: undefined,
  };
  const arms = runArms(file, context);
  const trials = await simulatedTrials(arms, SEED);
  const explanations = arms.map(({ name, lab }) => ({
    arm: name,
    ...explain(
      lab,
      trials.filter(({ arm }) => arm === name),
    ),
  }));
  return { simulated: true, explanations };
}

/** Explanations need no luck: the same file gives the same one. */
const SEED = 1;

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
