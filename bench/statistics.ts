import { orderOfRound } from "../src/measure/order-of-round.ts";
import type { Comparison, NoiseFloor, Observation } from "../src/measure/statistics/comparison.ts";
import { judge } from "../src/measure/statistics/judge.ts";
import { noiseFloor } from "../src/measure/statistics/noise-floor.ts";
import { seededRandom } from "../src/measure/statistics/seeded-random.ts";
import { ratioOfMediansInterval } from "./bootstrap-interval.ts";
import { NOISE_MODELS, type NoiseModel } from "./noise-models.ts";
import type { Row } from "./row.ts";

const SIMULATIONS = 2000;
const BOOTSTRAPS = 300;
const TRIALS = [5, 7, 10, 20] as const;
const CALIBRATIONS = 40;
const DIFFERENCES = [1.1, 1.2] as const;

type Session = "abba" | "random" | "two sessions";

/** What came of many simulated comparisons, as shares. */
interface Rates {
  readonly different: number;
  readonly same: number;
  readonly covered: number;
}

/**
 * How often `judge` calls equals different, and unequals different, under noise as it was seen on machines; no lab is needed. The table of all rates goes to
 * standard error.
 */
export async function benchStatistics(): Promise<readonly Row[]> {
  const turns: number[] = [];
  const floors: number[] = [];
  const ordinary: number[] = [];
  for (const model of NOISE_MODELS) {
    for (const trials of TRIALS) {
      const equal = (["abba", "random"] as const).map((session) => ratesOf(model, trials, 1, session));
      const apart = ratesOf(model, trials, 1, "two sessions");
      const floor = floorOf(model, trials, "abba");
      const floored = ratesOf(model, trials, 1, "abba", floor);
      const called = DIFFERENCES.map((ratio) => ratesOf(model, trials, ratio, "abba"));
      const through = DIFFERENCES.map((ratio) => ratesOf(model, trials, ratio, "abba", floor));
      turns.push(...equal.map(({ different }) => different));
      floors.push(floored.different);
      if (model.name === "independent, 3 %" && trials === 10)
        ordinary.push(...called.map(({ different }) => different));
      const lines = [
        `${model.name}, ${trials} trials each`,
        `  equals called different: abba ${shares(equal[0])}, random ${shares(equal[1])}, two sessions ${shares(apart)}`,
        `    with a noise floor of ${((floor?.ratio ?? 1) * 100 - 100).toFixed(1)} %: abba ${shares(floored)}`,
        `  called different, 10 % and 20 % apart: ${called.map(shares).join(", ")}; with the floor ${through.map(shares).join(", ")}`,
        `  interval holds the ratio: ${percent(equal[0]?.covered)}; of medians: percentile ${bootstrapCover(model, trials, "percentile")}, BCa ${bootstrapCover(model, trials, "bca")}`,
      ];
      process.stderr.write(`${lines.join("\n")}\n`);
    }
  }
  return [
    most("equals that took turns called different, worst of all kinds of noise", turns),
    most("the same with the host's noise floor", floors),
    {
      what: "10 and 20 % apart called different, 10 trials, 3 % noise",
      measured: ordinary.map(percent).join(", "),
      target: "95 %",
      reached: Math.min(...ordinary) >= 0.95,
    },
  ];
}

function ratesOf(model: NoiseModel, trials: number, ratio: number, session: Session, floor?: NoiseFloor): Rates {
  const outcomes = Array.from({ length: SIMULATIONS }, (_, seed) => {
    return compared(simulated(model, trials, ratio, session, seed), floor);
  });
  const share = (fits: (outcome: Comparison) => boolean): number => outcomes.filter(fits).length / outcomes.length;
  return {
    different: share(({ verdict }) => verdict === "better" || verdict === "worse"),
    same: share(({ verdict }) => verdict === "same"),
    covered: share(({ interval }) => interval !== undefined && interval.low <= ratio && interval.high >= ratio),
  };
}

/** Seeds apart from those that the rates are of: a host is calibrated before it is used. */
function floorOf(model: NoiseModel, trials: number, session: Session): NoiseFloor | undefined {
  const comparisons = Array.from({ length: CALIBRATIONS }, (_, seed) => {
    const { ratio } = compared(simulated(model, trials, 1, session, SIMULATIONS + seed), undefined);
    return { ratio: ratio ?? Number.NaN, trials };
  });
  return noiseFloor(comparisons);
}

interface Arms {
  readonly values: readonly Observation[];
  readonly baseline: readonly Observation[];
}

function compared({ values, baseline }: Arms, floor: NoiseFloor | undefined): Comparison {
  return judge({ values, baseline, noiseFloor: floor });
}

function simulated(model: NoiseModel, trials: number, ratio: number, session: Session, seed: number): Arms {
  const random = seededRandom(seed * 7919 + trials);
  if (session === "two sessions") {
    const alone = (times: number): readonly Observation[] =>
      model.factors(random, trials).map((factor) => ({ value: factor * times, round: undefined }));
    return { baseline: alone(1), values: alone(ratio) };
  }
  const order = orderOfRound(["baseline", "values"], session, seed);
  const turns = Array.from({ length: trials }, (_, round) => order(round).map((arm) => ({ arm, round }))).flat();
  const factors = model.factors(random, turns.length);
  const of = (arm: string, times: number): readonly Observation[] =>
    turns.flatMap((turn, index) =>
      turn.arm === arm ? [{ value: (factors[index] ?? Number.NaN) * times, round: turn.round }] : [],
    );
  return { baseline: of("baseline", 1), values: of("values", ratio) };
}

function bootstrapCover(model: NoiseModel, trials: number, method: "percentile" | "bca"): string {
  const covered = Array.from({ length: BOOTSTRAPS }, (_, seed) => {
    const { values, baseline } = simulated(model, trials, 1, "abba", seed);
    const rates = (arm: readonly Observation[]): readonly number[] => arm.map(({ value }) => value);
    const random = seededRandom(seed);
    const interval = ratioOfMediansInterval(rates(values), rates(baseline), { random, resamples: 400, method });
    return interval !== undefined && interval.low <= 1 && interval.high >= 1;
  }).filter(Boolean).length;
  return percent(covered / BOOTSTRAPS);
}

function most(what: string, rates: readonly number[]): Row {
  const worst = Math.max(...rates);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const measured = `${percent(worst)}, on average ${percent(mean)}`;
  return { what, measured, target: "under 5 %", reached: worst < 0.05 };
}

function shares(rates: Rates | undefined): string {
  return `${percent(rates?.different)} (same ${percent(rates?.same)})`;
}

function percent(share: number | undefined): string {
  return `${((share ?? Number.NaN) * 100).toFixed(1)} %`;
}
