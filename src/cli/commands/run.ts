import type { Command } from "commander";
import type { Datapath, Expectation, Term } from "../../topology/topology.ts";
import { loadTopology, resolveOrExit } from "../input.ts";
import { wholeNumber } from "../options.ts";
import { requireRoot } from "../root.ts";
import { openSession, readyFacts } from "../session.ts";
import { refuseUnmeasurable } from "../unmeasurable.ts";
import { measureAndReport } from "./measure.ts";

interface Options {
  readonly foldCores?: boolean;
  readonly trials: number;
  readonly out?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
}

/** `corebed run FILE`: measures the lab as the file says. */
export function addRun(program: Command): void {
  program
    .command("run")
    .description("measure the lab as the file says; a lab that is not up is brought up and removed afterwards")
    .argument("<file>", "topology file, or - for standard input")
    .option("--fold-cores", "share the CPUs that are there among more cores")
    .option("--trials <n>", "how many trials", wholeNumber, 3)
    .option("--out <file>", "result file (default: results/NAME-run-TIME.json)")
    .option("--keep", "leave the lab up")
    .option("--json", "print the result as JSON")
    .action(async (path: string, options: Options) => {
      const json = options.json === true;
      await requireRoot();
      const file = await loadTopology(path, json);
      refuseUnmeasurable(file.topology);
      const session = openSession();
      const facts = await readyFacts(session);
      const lab = resolveOrExit(file, facts, { fold: options.foldCores === true }, json);
      const own = { ...file, topology: { ...file.topology, expect: answerable(file.topology.expect, lab.datapath) } };
      await measureAndReport(session, own, [lab], facts, {
        kind: "run",
        repeats: options.trials,
        out: options.out,
        keep: options.keep === true,
        json,
      });
    });
}

/** A run has one datapath: what is expected of others is for `compare`. */
function answerable(expect: readonly Expectation[], datapath: Datapath): readonly Expectation[] {
  const ofOthers = (term: Term): boolean => term.kind === "metric" && (term.datapath ?? datapath) !== datapath;
  return expect.filter(({ left, right }) => !ofOthers(left) && !ofOthers(right));
}
