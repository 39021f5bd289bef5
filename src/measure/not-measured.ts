import { UNUSABLE } from "./make-trial.ts";
import type { Result } from "./result.ts";

/** The arms of which a result that came to its end says nothing, since no trial of theirs is usable: one sentence for each, with the reason. */
export function notMeasured({ complete, arms }: Pick<Result, "complete" | "arms">): readonly string[] {
  if (!complete) return [];
  return arms.flatMap(({ name, trials, flags }) => {
    if (trials.length === 0 || trials.some(({ usable }) => usable)) return [];
    const which = trials.length === 1 ? "its trial is not usable" : `none of its ${trials.length} trials is usable`;
    const why = flags.find(({ code }) => UNUSABLE.includes(code)) ?? flags[0];
    return [`${name} was not measured: ${which}${why === undefined ? "." : `. ${why.message}`}`];
  });
}
