import type { Command } from "commander";
import type { Result } from "../../measure/result.ts";
import { loadAgainst } from "../against.ts";
import { datapathArms, fileArms } from "../arms.ts";
import { baselineOf, checkBaseline } from "../baseline.ts";
import { EXIT, Exit } from "../exit.ts";
import { examples } from "../help-examples.ts";
import { addHostOption } from "../host-option.ts";
import type { TopologyFile } from "../input.ts";
import { addMeasureOptions, type CommonOptions, seedOf } from "../measure-options.ts";
import { armContext, measureOptions, measuring } from "../measuring.ts";
import { wholeNumber } from "../options.ts";
import { allowPrivileged } from "../resolve-options.ts";
import { readResult } from "../result-file.ts";
import { locate } from "../site.ts";
import { exitAs, measureAndReport } from "./measure.ts";

interface Options extends CommonOptions {
  readonly repeats?: number;
  readonly against?: string;
  readonly baseline?: string;
  readonly anyway?: boolean;
}

const USUAL_REPEATS = 5;

/** `corebed compare FILE`: the same chains over each datapath of `compare:`, or two files, in turns. */
export function addCompare(program: Command): void {
  const command = program
    .command("compare")
    .description(
      "measure the same chains over each datapath of compare:, in turns, and say which is faster and by how much",
    )
    .argument("<file>", "topology file, or - for standard input")
    .addHelpText(
      "after",
      examples(
        ["corebed compare topologies/pktgen-stats.yaml", "every datapath under compare:"],
        ["corebed compare lab.yaml --repeats 10", "for a surer verdict"],
        ["corebed compare lab.yaml --against HEAD~1", "the file as a commit has it"],
        ["corebed compare lab.yaml --baseline old.json", "and with an earlier result"],
      ),
    );
  addMeasureOptions(addHostOption(command, "simulate"), "as --repeats")
    .addOption(allowPrivileged())
    .option("--repeats <n>", "trials of each side (default: the file's)", wholeNumber)
    .option("--against <file or commit>", "compare with another file, or with this one as a commit has it")
    .option(
      "--baseline <result>",
      "compare each arm with the one of the same name in an earlier result as well; exit code 1 if one is worse",
    )
    .option("--anyway", "compare with the baseline even if it was taken elsewhere or otherwise")
    .action(async (path: string, given: Options) => {
      const seed = seedOf(given);
      const { site, file, options } = await locate(path, given, seed);
      const json = options.json === true;
      const other = options.against === undefined ? undefined : await loadAgainst(options.against, path, json);
      const compare = other === undefined ? comparisonOf(file) : file.topology.compare;
      const facts = await site.readFacts();
      const trials = options.repeats ?? options.trials ?? compare?.repeats ?? USUAL_REPEATS;
      const context = armContext(options, facts, trials);
      const arms =
        other === undefined
          ? datapathArms(file, compare?.datapaths ?? [], context)
          : fileArms([other, { name: path, file }], context);
      const earlier = options.baseline === undefined ? undefined : await readResult(options.baseline);
      const finish = earlier === undefined ? undefined : await baselineOf(earlier, options, facts);
      const how = {
        ...measureOptions(options, "compare", seed, compare?.order),
        ...(earlier !== undefined && { check: (draft: Result) => checkBaseline(draft, earlier, options) }),
      };
      exitAs(await measuring(options, () => measureAndReport(site, file, arms, facts, how, finish)));
    });
}

function comparisonOf({ topology, source }: TopologyFile) {
  if (topology.compare !== undefined) return topology.compare;
  throw new Exit(
    EXIT.badInput,
    `error: ${source.file} has no compare:\n  = help: add for example: compare: { datapaths: [docker-bridge, vhost-user], repeats: 5 }`,
  );
}
