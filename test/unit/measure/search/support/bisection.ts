import { classifyLoad } from "../../../../../src/measure/search/classify.ts";
import type { Goal } from "../../../../../src/measure/search/goal.ts";
import type { Measure, SearchTrial } from "../../../../../src/measure/search/search-trial.ts";

export interface BisectionResult {
  readonly lowerPps: number;
  readonly upperPps: number | undefined;
  readonly trials: readonly SearchTrial[];
}

/**
 * Plain bisection, as RFC 2544 searches are commonly done: the highest load first, then always the middle of the interval that is left, the lowest load
 * being taken as one that passes. Trials of the final duration only, at each load until the goal's own rules decide it.
 */
export async function bisect(
  goal: Goal,
  { minLoadPps, maxLoadPps }: { readonly minLoadPps: number; readonly maxLoadPps: number },
  measure: Measure,
): Promise<BisectionResult> {
  const trials: SearchTrial[] = [];
  const passes = async (loadPps: number): Promise<boolean> => {
    const own: SearchTrial[] = [];
    for (;;) {
      const trial = await measure({ loadPps, durationMs: goal.finalTrialDurationMs, purpose: goal.name });
      own.push(trial);
      trials.push(trial);
      const loadClass = classifyLoad(own, goal);
      if (loadClass !== "undecided") return loadClass === "lower";
    }
  };
  if (await passes(maxLoadPps)) return { lowerPps: maxLoadPps, upperPps: undefined, trials };
  let lowerPps = minLoadPps;
  let upperPps = maxLoadPps;
  while ((upperPps - lowerPps) / upperPps > goal.width) {
    const middle = (lowerPps + upperPps) / 2;
    if (await passes(middle)) lowerPps = middle;
    else upperPps = middle;
  }
  return { lowerPps, upperPps, trials };
}
