import { createInterface } from "node:readline/promises";
import type { Budget } from "../plan/budget.ts";
import { isDisruptive, type Plan } from "../plan/plan.ts";
import { formatPlan } from "../report/plan-text.ts";
import { EXIT, Exit } from "./exit.ts";
import { note, outputOf } from "./terminal.ts";

/** Shows a plan that replaces or deletes what is there, and asks; throws if the answer is no, or nobody can give one. `yes` is the answer beforehand. */
export async function confirmPlan(plan: Plan, budget: Budget, yes: boolean): Promise<void> {
  if (yes || !isDisruptive(plan)) return;
  note(formatPlan(plan, budget, outputOf(process.stderr)));
  if (process.stdin.isTTY !== true) {
    throw new Exit(
      EXIT.usage,
      "error: the plan replaces or deletes what is there, and there is no terminal to ask on\n  = help: look at corebed plan, then add --yes",
    );
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await lines.question("Go on? [y/N] ");
  lines.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Exit(EXIT.failed, "Nothing was changed.");
}
