import type { Command } from "commander";
import type { MeasureMethod } from "../../topology/topology.ts";
import { sweepArms } from "../arms.ts";
import { deliverMetrics } from "../deliver-metrics.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { loadTopology } from "../input.ts";
import { addMeasureOptions, type CommonOptions, seedOf } from "../measure-options.ts";
import { metricsEndpoint } from "../metrics-endpoint.ts";
import { writeReport } from "../report-option.ts";
import { readResult } from "../result-file.ts";
import { optionsThen, resumed } from "../resume.ts";
import { siteOf } from "../site.ts";
import { exitAs, measureAndReport } from "./measure.ts";

interface Options extends CommonOptions {
  readonly trials?: number;
  readonly resume?: string;
  readonly measure?: MeasureMethod;
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
  addMeasureOptions(command, "trials of each combination (default: the file's, or 3)")
    .option("--resume <result>", "go on with a sweep that was cut short")
    .action(async (path: string | undefined, options: Options) => {
      const json = options.json === true;
      const seed = seedOf(options);
      const site = await siteOf(options, seed);
      const earlier = options.resume === undefined ? undefined : await readResult(options.resume);
      const file = earlier === undefined ? await loadTopology(required(path), json) : resumed(earlier, "sweep", json);
      if (file.topology.sweep === undefined) {
        throw new Exit(
          EXIT.badInput,
          `error: ${file.source.file} has no sweep:\n  = help: add for example: sweep: { frame: [64, 512, 1518] }`,
        );
      }
      const facts = await site.readFacts();
      const then = earlier === undefined ? undefined : optionsThen(earlier, file.topology);
      const context = {
        facts,
        fold: options.foldCores === true || then?.fold === true,
        json,
        trials: options.trials ?? then?.trials,
        measure: options.measure ?? then?.measure,
      };
      const arms = sweepArms(file, context);
      await using _endpoint = await metricsEndpoint(options);
      const result = await measureAndReport(site, file, arms, facts, {
        kind: "sweep",
        out: options.out ?? options.resume,
        keep: options.keep === true,
        json,
        orderKind: earlier?.orderKind ?? options.order ?? "abba",
        seed: earlier?.seed ?? seed,
        ...(earlier !== undefined && { resume: earlier }),
      });
      await writeReport(result, options);
      await deliverMetrics(result, options);
      exitAs(result);
    });
}

function required(path: string | undefined): string {
  if (path !== undefined) return path;
  throw new Exit(EXIT.usage, "error: give a topology file, or --resume with a result file");
}
