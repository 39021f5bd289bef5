import type { Goal } from "../../../../../src/measure/search/goal.ts";
import { seededRandom } from "../../../../../src/measure/statistics/seeded-random.ts";

/** What a simulated system under test does in one trial. */
export interface System {
  /** Packets per second forwarded of `loadPps` sent; `trial` counts from 0. */
  readonly forward: (loadPps: number, trial: number, random: () => number) => number;
}

/** Passes everything up to its capacity; forwards `overloadedPps` (its capacity, if not said) of anything above. */
export function cleanStep(capacityPps: number, overloadedPps = capacityPps): System {
  return { forward: (loadPps) => (loadPps <= capacityPps ? loadPps : Math.min(loadPps, overloadedPps)) };
}

export interface Noise {
  readonly capacityPps: number;
  /** Standard deviation of the natural logarithm of the capacity, which is drawn anew for each trial. */
  readonly spread: number;
  /** Share of the trials that lose some packets at any load. */
  readonly strayShare: number;
  /** What those lose. */
  readonly strayLoss: number;
}

/** A capacity that varies from trial to trial, so that loss sets in gradually near it, and stray loss that does not depend on the load. */
export function noisy({ capacityPps, spread, strayShare, strayLoss }: Noise): System {
  return {
    forward: (loadPps, _trial, random) => {
      const capacity = capacityPps * Math.exp(spread * gaussian(random));
      const stray = random() < strayShare ? strayLoss : 0;
      return Math.min(loadPps, capacity) * (1 - stray);
    },
  };
}

/**
 * The load at which a noisy system meets a goal exactly: where the probability that a trial is lossy is the exceed ratio. With P(lossy | load) =
 * sum over stray and not stray of its share x P(capacity x (1 - stray loss) < load x (1 - loss ratio)), and any stray loss at all lossy where the loss
 * ratio is 0. The conditional throughput of infinitely many trials there is this load x (1 - loss ratio). Solved by bisection; NaN where there is none.
 */
export function trueLoad(noise: Noise, goal: Pick<Goal, "lossRatio" | "exceedRatio">): number {
  let low = noise.capacityPps * Math.exp(-10 * noise.spread);
  let high = (noise.capacityPps * Math.exp(10 * noise.spread)) / (1 - goal.lossRatio) / (1 - noise.strayLoss);
  if (lossyProbability(low, noise, goal) > goal.exceedRatio) return Number.NaN;
  for (let i = 0; i < 100; i += 1) {
    const middle = (low + high) / 2;
    if (lossyProbability(middle, noise, goal) > goal.exceedRatio) high = middle;
    else low = middle;
  }
  return low;
}

function lossyProbability(
  loadPps: number,
  { capacityPps, spread, strayShare, strayLoss }: Noise,
  { lossRatio }: Pick<Goal, "lossRatio">,
): number {
  const below = (stray: number): number => {
    if (stray > lossRatio) return 1;
    return normalCdf(Math.log((loadPps * (1 - lossRatio)) / (1 - stray) / capacityPps) / spread);
  };
  return (1 - strayShare) * below(0) + strayShare * below(strayLoss);
}

/** A capacity that changes by a share of itself from each trial to the next. */
export function drifting(capacityPps: number, perTrial: number): System {
  return { forward: (loadPps, trial) => Math.min(loadPps, capacityPps * (1 + perTrial) ** trial) };
}

/** Loses a share of the packets between two loads below its capacity, and nothing above them. */
export function lossInversion(capacityPps: number, band: readonly [number, number], loss: number): System {
  return {
    forward: (loadPps) => {
      const passed = Math.min(loadPps, capacityPps);
      return loadPps >= band[0] && loadPps < band[1] ? passed * (1 - loss) : passed;
    },
  };
}

/** Now and then much slower: the share of its capacity that a trial lacks has a Pareto tail of exponent 1.2 (its variance is infinite). */
export function heavyTail(capacityPps: number, scale: number): System {
  return {
    forward: (loadPps, _trial, random) => {
      const lacking = Math.min(0.9, scale * ((1 - random()) ** (-1 / 1.2) - 1));
      return Math.min(loadPps, capacityPps * (1 - lacking));
    },
  };
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Cumulative normal distribution by its series, 0.5 + density x (x + x^3/3 + x^5/15 + ...): good to 1e-12 within 6 standard deviations. */
export function normalCdf(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-17; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + sum * (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI));
}

export { seededRandom };
