import type { Command } from "commander";
import { formatAnswer } from "../../report/experiment/format-answer.ts";
import { hanging } from "../../report/text.ts";
import { experimentNamed, experiments } from "../experiments.ts";
import { examples } from "../help-examples.ts";
import { addHostOption } from "../host-option.ts";
import { armsOf, kindOf } from "../kind-of.ts";
import { addMeasureOptions, type CommonOptions, seedOf } from "../measure-options.ts";
import { measureOptions, measuring } from "../measuring.ts";
import { locate } from "../site.ts";
import { outputOf, print, printJson } from "../terminal.ts";
import { exitAs, measureAndReport } from "./measure.ts";

/** `corebed experiment list` and `corebed experiment run NAME`: the questions behind corebed, asked of this host. */
export function addExperiment(program: Command): void {
  const experiment = program
    .command("experiment")
    .description("ask this host the questions of docs/experiments.md, with the topologies that come with corebed")
    .addHelpText("after", examples(["corebed experiment list", "what can be asked"]));
  addList(experiment);
  addRunOne(experiment);
}

function addList(experiment: Command): void {
  experiment
    .command("list")
    .description("name the experiments and what each asks")
    .option("--json", "print them as JSON")
    .addHelpText("after", examples(["corebed experiment list", "what can be asked"]))
    .action(async ({ json }: { readonly json?: boolean }) => {
      const all = await experiments();
      if (json === true) {
        printJson(all);
        return;
      }
      const output = outputOf(process.stdout);
      const widest = Math.max(...all.map(({ name }) => name.length));
      for (const { name, question } of all) {
        print(hanging(`${name.padEnd(widest)}  `, question, output).join("\n"));
      }
    });
}

function addRunOne(experiment: Command): void {
  const command = experiment
    .command("run")
    .description("measure what an experiment asks, and print what a packet costs besides")
    .argument("<name>", "which experiment, as corebed experiment list names it")
    .addHelpText(
      "after",
      examples(
        ["corebed experiment run chain-length --fold-cores", "on the CPUs that are there"],
        ["corebed experiment run chain-length --simulate", "on a model"],
      ),
    );
  addMeasureOptions(addHostOption(command, "simulate"), "trials of each arm (default: the file's)").action(
    async (name: string, given: CommonOptions) => {
      const { path, question } = await experimentNamed(name);
      const seed = seedOf(given);
      const { site, file, options } = await locate(path, given, seed);
      const json = options.json === true;
      const facts = await site.readFacts();
      const arms = armsOf(file, facts, options);
      const how = measureOptions(options, kindOf(file), seed, file.topology.compare?.order);
      if (!json) print(`${question}\n${path}\n`);
      const result = await measuring(options, () => measureAndReport(site, file, arms, facts, how));
      if (!json) print(`\n${formatAnswer(result, outputOf(process.stdout))}`.trimEnd());
      exitAs(result);
    },
  );
}
