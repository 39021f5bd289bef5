/** Asks the person at the terminal. Where there is none, everything is undefined: nobody can answer. */
export interface Prompts {
  /** An answer that is shown while it is typed. The signal takes the question back: nobody waits for the answer any more. Rejects with `PromptAborted`. */
  readonly ask: (question: string, signal?: AbortSignal) => Promise<string | undefined>;
  /** An answer that is not shown: a passphrase or password. */
  readonly askHidden: Prompts["ask"];
  /** Tells something that is no question. */
  readonly tell: (text: string) => void;
}

/** Who was asked wants the command to end, and answered with Ctrl-C. */
export class PromptAborted extends Error {
  override readonly name = "AbortError";
}

/** The same, until the signal takes what is asked back. */
export function promptsUntil(signal: AbortSignal, { ask, askHidden, tell }: Prompts): Prompts {
  return { ask: (question) => ask(question, signal), askHidden: (question) => askHidden(question, signal), tell };
}

/** For programs: nobody is asked. */
export const nobodyToAsk: Prompts = {
  ask: () => Promise.resolve(undefined),
  askHidden: () => Promise.resolve(undefined),
  tell: () => {},
};
