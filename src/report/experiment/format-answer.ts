import type { Result } from "../../measure/result.ts";
import { type Output, paint } from "../output.ts";
import { table } from "../table.ts";
import { hanging } from "../text.ts";
import { costTable } from "./cost-table.ts";
import { fitLines } from "./fit-lines.ts";
import { settingsTable } from "./settings-table.ts";

/** What an experiment says beside its result: what a packet costs whom, what a step of the parameter costs, and what each named setting does. Empty where there is nothing to say. */
export function formatAnswer(result: Result, output: Output): string {
  const costs = costTable(result.arms);
  const fits = fitLines(result);
  const settings = settingsTable(result.arms);
  const sections = [
    ...(settings === undefined
      ? []
      : [[paint("bold", "What a setting does", output), ...table(settings.columns, settings.rows, output).lines]]),
    ...(costs === undefined
      ? []
      : [[paint("bold", "What a packet costs", output), ...table(costs.columns, costs.rows, output).lines]]),
    ...(fits.length === 0
      ? []
      : [[paint("bold", "What a step costs", output), ...fits.flatMap((fit) => hanging("", fit, output))]]),
  ];
  return sections.map((lines) => `${lines.join("\n")}\n`).join("\n");
}
