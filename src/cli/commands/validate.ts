import type { Command } from "commander";
import { loadTopology, resolveOrExit } from "../input.ts";
import { openSession } from "../session.ts";
import { print, printJson } from "../terminal.ts";

/** `corebed validate FILE`: is the file right, and can this host do it? */
export function addValidate(program: Command): void {
  program
    .command("validate")
    .description("check a topology file, and that this host can do what it asks")
    .argument("<file>", "topology file, or - for standard input")
    .option("--offline", "check the file alone, not this host")
    .option("--fold-cores", "share the CPUs that are there among more cores")
    .option("--json", "print diagnostics as JSON")
    .action(async (file: string, options: { offline?: boolean; foldCores?: boolean; json?: boolean }) => {
      const json = options.json === true;
      const loaded = await loadTopology(file, json);
      if (options.offline !== true) {
        const facts = await openSession().readFacts("quick");
        const datapaths = loaded.topology.compare?.datapaths ?? [undefined];
        for (const datapath of datapaths) {
          const fold = options.foldCores === true;
          resolveOrExit(loaded, facts, datapath === undefined ? { fold } : { fold, datapath }, json);
        }
      }
      if (json) printJson({ ok: true, diagnostics: [] });
      else
        print(
          `${loaded.source.file}: the topology is valid${options.offline === true ? "" : " and this host can do it"}`,
        );
    });
}
