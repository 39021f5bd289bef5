/** Asks the person at the terminal. Where there is none, everything is undefined: nobody can answer. */
export interface Prompts {
  /** An answer that is shown while it is typed. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** An answer that is not shown: a passphrase or password. */
  readonly askHidden: (question: string) => Promise<string | undefined>;
  /** Tells something that is no question. */
  readonly tell: (text: string) => void;
}

/** For programs: nobody is asked. */
export const nobodyToAsk: Prompts = {
  ask: () => Promise.resolve(undefined),
  askHidden: () => Promise.resolve(undefined),
  tell: () => {},
};
