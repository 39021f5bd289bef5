import { createInterface } from "node:readline";
import { type Readable, Writable } from "node:stream";
import { PromptAborted, type Prompts } from "../remote/prompts.ts";
import { note } from "./terminal.ts";

/** Where somebody may sit. */
export interface Terminal {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable;
  /** Does what the terminal does for Ctrl-C, which sends no signal while a question is open: readline has it in raw mode. */
  readonly interrupt: () => void;
}

/** Asks whoever sits at the terminal, on standard error, so that the output of a command stays clean. */
export const terminalPrompts: Prompts = promptsAt({
  get input() {
    return process.stdin;
  },
  get output() {
    return process.stderr;
  },
  interrupt: () => process.kill(process.pid, "SIGINT"),
});

/** Several hosts may be opened at the same time, and there is one keyboard: each question waits until the one before it is answered. After Ctrl-C none is asked. */
export function promptsAt(terminal: Terminal): Prompts {
  let before: Promise<unknown> = Promise.resolve();
  let aborted: PromptAborted | undefined;
  const inTurn = <T>(act: () => T | Promise<T>): Promise<T> => {
    const turn = before.then(act);
    before = turn.catch(() => {});
    return turn;
  };
  const answerTo = async (question: string, shown: boolean, signal?: AbortSignal): Promise<string | undefined> => {
    if (aborted !== undefined) throw aborted;
    if (terminal.input.isTTY !== true || signal?.aborted) return undefined;
    const answer = await lineAfter(question, terminal, shown, signal);
    if (answer !== CTRL_C) return answer;
    aborted = new PromptAborted("Ctrl-C in place of an answer");
    terminal.interrupt();
    throw aborted;
  };
  return {
    ask: (question, signal) => inTurn(() => answerTo(question, true, signal)),
    askHidden: (question, signal) => inTurn(() => answerTo(question, false, signal)),
    tell: (text) => void inTurn(() => note(text)),
  };
}

const CTRL_C = Symbol("Ctrl-C");

async function lineAfter(
  question: string,
  { input, output }: Terminal,
  shown: boolean,
  signal: AbortSignal | undefined,
): Promise<string | typeof CTRL_C | undefined> {
  output.write(question);
  // What is typed is echoed by readline alone, the terminal being in raw mode: without an output there is no echo.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: shown ? output : silent, terminal: true });
  const takeBack = (): void => lines.close();
  signal?.addEventListener("abort", takeBack);
  try {
    return await new Promise((resolve) => {
      lines.once("line", resolve);
      lines.once("SIGINT", () => resolve(CTRL_C));
      // Ctrl-D is no answer.
      lines.once("close", () => resolve(undefined));
    });
  } finally {
    signal?.removeEventListener("abort", takeBack);
    lines.close();
    if (!shown || signal?.aborted) output.write("\n");
  }
}
