import { createInterface } from "node:readline/promises";
import { EXIT, Exit } from "./exit.ts";
import { note } from "./terminal.ts";

/** Shows a plan that replaces or deletes what is there, and asks; throws if the answer is no, or nobody can give one. */
export async function confirmPlan(text: string): Promise<void> {
  note(text);
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
