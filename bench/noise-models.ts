/** The machine's speed at each trial as a factor, in the order that trials run: what moves it besides what is compared. */
export interface NoiseModel {
  readonly name: string;
  readonly factors: (random: () => number, trials: number) => readonly number[];
}

/** Share of trials that something else disturbed badly, and what is then left of the rate. */
const OUTLIERS = { share: 0.08, lowest: 0.15 };
/** The two levels that forwarding over shared memory was seen at on a small virtual machine: 15.5 and 10 Mpps. */
const LEVELS = [1, 10 / 15.5] as const;

export const NOISE_MODELS: readonly NoiseModel[] = [
  independent(0.01),
  independent(0.03),
  independent(0.08),
  {
    name: "3 % and 8 % outliers",
    factors: (random, trials) =>
      each(trials, () => {
        const left = OUTLIERS.lowest + (1 - OUTLIERS.lowest) * random();
        return normal(random, 0.03) * (random() < OUTLIERS.share ? left : 1);
      }),
  },
  {
    name: "drift of 30 % over the run, 3 %",
    factors: (random, trials) => {
      const slope = (random() < 0.5 ? -0.3 : 0.3) / trials;
      return each(trials, (trial) => normal(random, 0.03) * (1 + slope * trial));
    },
  },
  {
    name: "slow waves (autocorrelation 0.9, 8 %), 1 %",
    factors: (random, trials) => {
      let wave = gauss(random);
      return each(trials, () => {
        wave = 0.9 * wave + Math.sqrt(1 - 0.9 ** 2) * gauss(random);
        return Math.exp(0.08 * wave) * normal(random, 0.01);
      });
    },
  },
  phases(1.5),
  phases(3),
  phases(6),
  phases(12),
];

/** Two levels; each phase lasts `length` trials on average. */
function phases(length: number): NoiseModel {
  return {
    name: `two levels, phases of ${length} trials, 2 %`,
    factors: (random, trials) => {
      let level = random() < 0.5 ? 0 : 1;
      return each(trials, () => {
        if (random() < 1 / length) level = 1 - level;
        return (LEVELS[level] ?? 1) * normal(random, 0.02);
      });
    },
  };
}

function independent(spread: number): NoiseModel {
  return {
    name: `independent, ${spread * 100} %`,
    factors: (random, trials) => each(trials, () => normal(random, spread)),
  };
}

function each(trials: number, factor: (trial: number) => number): readonly number[] {
  return Array.from({ length: trials }, (_, trial) => factor(trial));
}

function normal(random: () => number, spread: number): number {
  return Math.exp(spread * gauss(random));
}

/** A standard normal number, by Box and Muller. */
export function gauss(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
