import type { Command } from "commander";
import { liveChangeJsonSchema } from "../../measure/live-change-schema.ts";
import { resultJsonSchema } from "../../measure/validate-result.ts";
import { topologySchema } from "../../topology/json-schema.ts";
import { examples } from "../help-examples.ts";
import { printJson } from "../terminal.ts";

/** `corebed schema`: the JSON Schema of a topology file, or of a result file. */
export function addSchema(program: Command): void {
  program
    .command("schema")
    .description("print the JSON Schema of a topology file, for editors and programs")
    .option("--result", "that of a result file instead")
    .option("--live-change", "that of what apply --live --json prints instead")
    .option("--json", "it is JSON anyway")
    .addHelpText(
      "after",
      examples(
        ["corebed schema > topology.schema.json", "for editors"],
        ["corebed schema --result", "for programs that read results"],
      ),
    )
    .action((options: { readonly result?: boolean; readonly liveChange?: boolean }) => {
      if (options.liveChange === true) printJson(liveChangeJsonSchema());
      else printJson(options.result === true ? resultJsonSchema() : topologySchema());
    });
}
