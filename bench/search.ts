import type { Goal } from "../src/measure/search/goal.ts";
import { GOAL_PRESETS } from "../src/measure/search/goal.ts";
import { mlrSearch } from "../src/measure/search/mlr-search.ts";
import { bisect } from "../test/unit/measure/search/support/bisection.ts";
import { simulate } from "../test/unit/measure/search/support/simulate.ts";
import type { Noise, System } from "../test/unit/measure/search/support/systems.ts";
import { cleanStep, noisy, seededRandom, trueLoad } from "../test/unit/measure/search/support/systems.ts";
import type { Row } from "./row.ts";

const SEEDS = 1_000;
const REACHED = 0.95;
const LIMITS = { minLoadPps: 9001, maxLoadPps: 10e6, maxTrials: 2_000, maxTotalMs: 1e9 };
/** Noise that the search must cope with: the capacity of a trial scatters by a fifth of the goals' width, and one trial in twenty loses some packets at any load. */
const ORDINARY = { spread: 0.001, strayShare: 0.05, strayLoss: 2e-4 };

interface Case {
  readonly what: string;
  readonly goals: readonly Goal[];
  readonly system: (capacityPps: number) => System;
  /** The load that the interval should hold. */
  readonly truth: (capacityPps: number, goal: Goal) => number;
}

/**
 * Whether a search's final interval is at most as wide as its goal says and holds the true value, over many seeds, each with a capacity of its own. The
 * true value is computed from the model: for a clean step its capacity / (1 - loss ratio); for noise the load at which the probability of a lossy trial
 * is the goal's exceed ratio (`trueLoad`). No hardware is involved. Larger noise is printed without a mark: where a trial scatters as much as the
 * interval is wide, twenty trials cannot tell on which side a load is, and a wider goal is the right one.
 */
export async function benchSearch(): Promise<readonly Row[]> {
  const clean = (preset: "csit" | "quick"): Case => ({
    what: `${preset}, clean`,
    goals: GOAL_PRESETS[preset],
    system: cleanStep,
    truth: (capacityPps, { lossRatio }) => capacityPps / (1 - lossRatio),
  });
  const noise = (preset: "csit" | "quick", shape: Omit<Noise, "capacityPps">): Case => ({
    what: `${preset}, noise of ${shape.spread * 100} %`,
    goals: GOAL_PRESETS[preset],
    system: (capacityPps) => noisy({ capacityPps, ...shape }),
    truth: (capacityPps, goal) => trueLoad({ capacityPps, ...shape }, goal),
  });
  const marked = [clean("csit"), noise("csit", ORDINARY), clean("quick"), noise("quick", ORDINARY)];
  const rows = [];
  for (const one of marked) rows.push(...(await rowsOf(one, SEEDS, true)));
  for (const spread of [0.002, 0.005]) rows.push(...(await rowsOf(noise("csit", { ...ORDINARY, spread }), 300, false)));
  return rows;
}

async function rowsOf({ what, goals, system, truth }: Case, seeds: number, marked: boolean): Promise<readonly Row[]> {
  const random = seededRandom(20_260);
  const held = goals.map(() => 0);
  const narrow = goals.map(() => 0);
  let trials = 0;
  let bisected = 0;
  let compared = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const capacityPps = 10 ** (4.6 + 2.3 * random());
    const outcome = await mlrSearch(goals, LIMITS, simulate(system(capacityPps), { seed }).measure);
    trials += outcome.trials;
    for (const [index, { goal, lowerPps = 0, upperPps = 0, width = 1 }] of outcome.goals.entries()) {
      const load = truth(capacityPps, goal);
      // A count of whole packets can hide less than one packet of loss.
      if (lowerPps <= load * 1.00001 && load <= upperPps * 1.00001) held[index] = (held[index] ?? 0) + 1;
      if (width <= goal.width) narrow[index] = (narrow[index] ?? 0) + 1;
    }
    if (seed % 10 === 0) {
      compared += 1;
      for (const goal of goals) {
        bisected += (await bisect(goal, LIMITS, simulate(system(capacityPps), { seed }).measure)).trials.length;
      }
    }
  }
  const share = (value = 0): string => `${((100 * value) / seeds).toFixed(1)} %`;
  return [
    ...goals.map(({ name }, index) => ({
      what: `search ${what}: ${name}, true value inside (narrow enough: ${share(narrow[index])})`,
      measured: `${share(held[index])} of ${seeds}`,
      target: marked ? `${REACHED * 100} %` : "nothing, for information",
      reached: !marked || ((held[index] ?? 0) >= REACHED * seeds && narrow[index] === seeds),
    })),
    {
      what: `search ${what}: trials for ${goals.length} goals, against plain bisection of each`,
      measured: `${(bisected / compared / (trials / seeds)).toFixed(1)} times fewer (${(trials / seeds).toFixed(1)})`,
      target: "1 times",
      reached: bisected / compared >= trials / seeds,
    },
  ];
}
