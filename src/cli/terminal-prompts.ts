import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Prompts } from "../remote/prompts.ts";
import { note } from "./terminal.ts";

/** Asks whoever sits at the terminal, on standard error, so that the output of a command stays clean. */
export const terminalPrompts: Prompts = {
  ask: (question) => answerTo(question, true),
  askHidden: (question) => answerTo(question, false),
  tell: note,
};

async function answerTo(question: string, shown: boolean): Promise<string | undefined> {
  if (process.stdin.isTTY !== true) return undefined;
  process.stderr.write(question);
  // What is typed is echoed by readline alone, the terminal being in raw mode: without an output there is no echo.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: shown ? process.stderr : silent, terminal: true });
  try {
    return await new Promise<string | undefined>((resolve) => {
      lines.once("line", resolve);
      // Ctrl-C and Ctrl-D are no answer.
      lines.once("close", () => resolve(undefined));
      lines.once("SIGINT", () => lines.close());
    });
  } finally {
    lines.close();
    if (!shown) process.stderr.write("\n");
  }
}
