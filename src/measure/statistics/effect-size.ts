import type { Effect, Magnitude } from "./comparison.ts";

/** |delta| under which an effect is still of that size (Romano, Kromrey, Coraggio & Skowronek 2006, from Cohen's d of 0.2, 0.5 and 0.8). */
const UPPER_BOUNDS: readonly (readonly [Magnitude, number])[] = [
  ["negligible", 0.147],
  ["small", 0.33],
  ["medium", 0.474],
];

/** The word for an effect as large as Cliff's delta says. */
export function magnitudeOf(cliffsDelta: number): Magnitude {
  return UPPER_BOUNDS.find(([, bound]) => Math.abs(cliffsDelta) < bound)?.[0] ?? "large";
}

/**
 * How far two sets of trials overlap: Cliff's delta (Cliff 1993) and the same as a probability, A12 (Vargha & Delaney 2000). It measures a difference against
 * the spread of the trials, so 1 % may be large on a quiet host. Undefined without values in both.
 */
export function effectSize(values: readonly number[], baseline: readonly number[]): Effect | undefined {
  const pairs = values.length * baseline.length;
  if (pairs === 0) return undefined;
  const signs = values.flatMap((value) => baseline.map((other) => Math.sign(value - other)));
  const cliffsDelta = signs.reduce((sum, sign) => sum + sign, 0) / pairs;
  return { cliffsDelta, a12: (cliffsDelta + 1) / 2, magnitude: magnitudeOf(cliffsDelta) };
}
