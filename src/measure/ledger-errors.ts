import type { Trial } from "./trial.ts";

/**
 * What makes figures wrong rather than doubtful: packets that went missing, or came from nowhere, without a counter that knows of them. One sentence for each
 * place of each arm, over all usable trials. That frames of others joined is no error: the receiver tells them apart.
 */
export function ledgerErrors(trials: readonly Trial[]): readonly string[] {
  const sentences = new Map<string, { readonly example: string; trials: number }>();
  for (const trial of trials.filter(({ usable }) => usable)) {
    for (const { code, message } of trial.flags) {
      if (code !== "unexplained-loss") continue;
      // Figures differ from trial to trial; the place does not.
      const key = `${trial.arm}: ${message.replace(/\d[\d,]*/g, "N")}`;
      const known = sentences.get(key);
      if (known) known.trials += 1;
      else sentences.set(key, { example: `${trial.arm}: ${message}`, trials: 1 });
    }
  }
  return [...sentences.values()].map(({ example, trials: count }) =>
    count === 1 ? example : `${example} So in ${count} trials.`,
  );
}
