import type { Command } from "commander";
import { runArms } from "../arms.ts";
import { examples } from "../help-examples.ts";
import { addHostOption } from "../host-option.ts";
import { addMeasureOptions, type CommonOptions, seedOf } from "../measure-options.ts";
import { armContext, measureOptions, measuring } from "../measuring.ts";
import { allowPrivileged } from "../resolve-options.ts";
import { locate } from "../site.ts";
import { exitAs, measureAndReport } from "./measure.ts";

/** `corebed run FILE`: measures the lab as the file says. */
export function addRun(program: Command): void {
  const command = program
    .command("run")
    .description("measure the lab as the file says; a lab that is not up is brought up and removed afterwards")
    .argument("<file>", "topology file, or - for standard input")
    .addHelpText(
      "after",
      examples(
        ["corebed run lab.yaml", "as the file says"],
        ["corebed run lab.yaml --measure ndr-pdr", "rates without and with little loss"],
        ["corebed run lab.yaml --measure latency", "latency at shares of the throughput"],
        ["corebed run lab.yaml --simulate", "on a model: no root, no Docker"],
      ),
    );
  addMeasureOptions(addHostOption(command, "simulate"), "how many trials (default: the file's, or 3)")
    .addOption(allowPrivileged())
    .action(async (path: string, given: CommonOptions) => {
      const seed = seedOf(given);
      const { site, file, options } = await locate(path, given, seed);
      const facts = await site.readFacts();
      const arms = runArms(file, armContext(options, facts));
      const how = measureOptions(options, "run", seed);
      exitAs(await measuring(options, () => measureAndReport(site, file, arms, facts, how)));
    });
}
