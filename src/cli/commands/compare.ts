import type { Command } from "commander";
import { EXIT, Exit } from "../exit.ts";
import { loadTopology, resolveOrExit } from "../input.ts";
import { wholeNumber } from "../options.ts";
import { requireRoot } from "../root.ts";
import { openSession, readyFacts } from "../session.ts";
import { refuseUnmeasurable } from "../unmeasurable.ts";
import { measureAndReport } from "./measure.ts";

interface Options {
  readonly foldCores?: boolean;
  readonly repeats?: number;
  readonly out?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** `corebed compare FILE`: the same chains over each datapath of `compare:`, in turns. */
export function addCompare(program: Command): void {
  program
    .command("compare")
    .description(
      "measure the same chains over each datapath of compare:, in turns, and say which is faster and by how much",
    )
    .argument("<file>", "topology file, or - for standard input")
    .option("--fold-cores", "share the CPUs that are there among more cores")
    .option("--repeats <n>", "trials of each datapath (default: the file's)", wholeNumber)
    .option("--out <file>", "result file (default: results/NAME-compare-TIME.json)")
    .option("--keep", "leave the labs up, frozen")
    .option("--json", "print the result as JSON")
    .action(async (path: string, options: Options) => {
      const json = options.json === true;
      await requireRoot();
      const file = await loadTopology(path, json);
      refuseUnmeasurable(file.topology);
      const { compare } = file.topology;
      if (compare === undefined) {
        throw new Exit(
          EXIT.badInput,
          `error: ${file.source.file} has no compare:\n  = help: add for example: compare: { datapaths: [docker-bridge, vhost-user], repeats: 5 }`,
        );
      }
      const session = openSession();
      const facts = await readyFacts(session);
      const fold = options.foldCores === true;
      const labs = compare.datapaths.map((datapath) => resolveOrExit(file, facts, { fold, datapath }, json));
      await measureAndReport(session, file, labs, facts, {
        kind: "compare",
        repeats: options.repeats ?? compare.repeats,
        out: options.out,
        keep: options.keep === true,
        json,
      });
    });
}
