import type { Command } from "commander";
import { sweepArms } from "../arms.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { addHostOption } from "../host-option.ts";
import type { TopologyFile } from "../input.ts";
import { addMeasureOptions, type CommonOptions, seedOf } from "../measure-options.ts";
import { armContext, measureOptions, measuring } from "../measuring.ts";
import { allowPrivileged } from "../resolve-options.ts";
import { readResult } from "../result-file.ts";
import { checkSameBed, optionsThen, resumed } from "../resume.ts";
import { type Located, locate, locateFile } from "../site.ts";
import { whereOf } from "../where.ts";
import { exitAs, measureAndReport } from "./measure.ts";

interface Options extends CommonOptions {
  readonly resume?: string;
}

/** `corebed sweep FILE`: every combination of the values under sweep:, in turns. */
export function addSweep(program: Command): void {
  const command = program
    .command("sweep")
    .description("measure every combination of the values under sweep:, in turns, and put them in one result")
    .argument("[file]", "topology file, or - for standard input; not with --resume")
    .addHelpText(
      "after",
      examples(
        ["corebed sweep topologies/chain-length.yaml", "every combination under sweep:"],
        ["corebed sweep --resume results/NAME.json", "go on after an interruption"],
      ),
    );
  addMeasureOptions(addHostOption(command, "simulate"), "trials of each combination (default: the file's, or 3)")
    .addOption(allowPrivileged())
    .option("--resume <result>", "go on with a sweep that was cut short")
    .action(async (path: string | undefined, given: Options) => {
      const json = given.json === true;
      const seed = seedOf(given);
      const earlier = given.resume === undefined ? undefined : await readResult(given.resume);
      const { site, file, options } =
        earlier === undefined
          ? await locate(required(path), given, seed)
          : await locateResumed(await resumed(earlier, "sweep", json), given, seed);
      if (file.topology.sweep === undefined) {
        throw new Exit(
          EXIT.badInput,
          `error: ${file.source.file} has no sweep:\n  = help: add for example: sweep: { frame: [64, 512, 1518] }`,
        );
      }
      const facts = await site.readFacts();
      if (earlier !== undefined) checkSameBed(earlier, site.simulated, facts);
      const asked = armContext(options, facts);
      const then = earlier === undefined ? undefined : optionsThen(earlier, file.topology);
      const arms = sweepArms(file, {
        ...asked,
        fold: asked.fold || then?.fold === true,
        trials: asked.trials ?? then?.trials,
        measure: asked.measure ?? then?.measure,
      });
      const how = {
        ...measureOptions(options, "sweep", seed),
        ...(earlier !== undefined && {
          out: options.out ?? options.resume,
          orderKind: earlier.orderKind,
          seed: earlier.seed,
          resume: earlier,
        }),
      };
      exitAs(await measuring(options, () => measureAndReport(site, file, arms, facts, how)));
    });
}

function locateResumed(file: TopologyFile, options: Options, seed: number): Promise<Located<Options>> {
  return locateFile(file, whereOf(file.topology, options), options, seed);
}

function required(path: string | undefined): string {
  if (path !== undefined) return path;
  throw new Exit(EXIT.usage, "error: give a topology file, or --resume with a result file");
}
