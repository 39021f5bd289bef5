import { median } from "../summary.ts";
import type { Comparison, ComparisonMethod, JudgeInput, NoiseFloor, Observation, Reason } from "./comparison.ts";
import { effectSize } from "./effect-size.ts";
import { pairedShift, type Shift, unpairedShift } from "./hodges-lehmann.ts";
import { mannWhitney } from "./mann-whitney.ts";
import { signedRank } from "./signed-rank.ts";

/** Differences smaller than this are not worth a word. */
export const SAME_WITHIN = 0.05;

/** Fewer trials than this in either arm say nothing. */
export const MIN_TRIALS = 5;

const CONFIDENCE = 0.95;
const ALPHA = 1 - CONFIDENCE;

/** Stands for the logarithm of nothing: far below that of any rate, and finite. */
const LOG_OF_ZERO = -1000;

/**
 * What two sets of trials say about each other. It calls a difference only where an interval of the ratio that needs no assumption on the noise excludes 1,
 * and the ratio is larger than the host shows between equals.
 *
 * Trials that took turns are seen in two ways: as pairs, one for each round, which cancels what lasts longer than a round (drift, phases of a slower host),
 * and as two heaps, which a few trials that went badly wrong disturb less. Each gives an interval of 97.5 %; the shorter one holds with at least 95 %, as both
 * do together (Bonferroni). Trials that did not take turns are two heaps with an interval of 95 %, and what changed between the two sessions counts as a
 * difference: only a noise floor measured over sessions guards against that.
 *
 * `npm run bench statistics` prints how often equals are called different under ten kinds of noise, with phases that last several trials among them.
 */
export function judge({ values, baseline, noiseFloor, sameWithin = SAME_WITHIN }: JudgeInput): Comparison {
  const [own, other] = [values.map(({ value }) => value), baseline.map(({ value }) => value)];
  const ratios = logRatiosOfRounds(values, baseline);
  const mannWhitneyTest = mannWhitney(own, other);
  const signedRankTest = signedRank(ratios);
  const effect = effectSize(own, other);
  const estimate = shiftOf(own, other, ratios);
  const ratioOfMedians = median(own) / median(other);
  const test = estimate?.method === "paired-rounds" ? signedRankTest : mannWhitneyTest;
  const significant = (test?.p ?? 1) * (ratios.length > 0 ? 2 : 1) <= ALPHA;
  return {
    method: estimate?.method ?? (ratios.length > 0 ? "paired-rounds" : "independent-trials"),
    ...(Number.isFinite(ratioOfMedians) && { ratioOfMedians }),
    ...(estimate?.known && {
      ratio: Math.exp(estimate.shift.estimate),
      interval: { low: Math.exp(estimate.shift.low), high: Math.exp(estimate.shift.high), confidence: CONFIDENCE },
    }),
    n: own.length,
    baselineN: other.length,
    ...(ratios.length > 0 && { pairs: ratios.length }),
    ...(mannWhitneyTest && { mannWhitney: mannWhitneyTest }),
    ...(signedRankTest && { signedRank: signedRankTest }),
    ...(effect && { effect }),
    ...(noiseFloor && { noiseFloor }),
    sameWithin,
    ...verdictOf(estimate, { significant, noiseFloor, sameWithin }),
  };
}

interface Estimate {
  readonly method: ComparisonMethod;
  /** Of logarithms. */
  readonly shift: Shift;
  /** Whether no end of it hangs on trials that delivered nothing. */
  readonly known: boolean;
}

function shiftOf(
  values: readonly number[],
  baseline: readonly number[],
  ratios: readonly number[],
): Estimate | undefined {
  if (Math.min(values.length, baseline.length) < MIN_TRIALS) return undefined;
  const each = ratios.length > 0 ? 1 - ALPHA / 2 : CONFIDENCE;
  const heaps = unpairedShift(values.map(logarithm), baseline.map(logarithm), each);
  const pairs = pairedShift(ratios, each);
  const width = (shift: Shift | undefined): number => (shift ? shift.high - shift.low : Number.POSITIVE_INFINITY);
  const paired = width(pairs) < width(heaps);
  const shift = paired ? pairs : heaps;
  if (shift === undefined) return undefined;
  // Without a baseline of rates there is no ratio; where nothing arrived, neither end is one.
  const known = Object.values(shift).every((end) => Math.abs(end) < -LOG_OF_ZERO / 4) && median(baseline) > 0;
  return { method: paired ? "paired-rounds" : "independent-trials", shift, known };
}

function verdictOf(
  estimate: Estimate | undefined,
  {
    significant,
    noiseFloor,
    sameWithin,
  }: { readonly significant: boolean; readonly noiseFloor: NoiseFloor | undefined; readonly sameWithin: number },
): Pick<Comparison, "verdict" | "reason"> {
  const unknown = (reason: Reason): Pick<Comparison, "verdict" | "reason"> => ({ verdict: "unknown", reason });
  if (estimate === undefined) return unknown("too-few-trials");
  if (!estimate.known) return unknown("no-ratio");
  const { low, high, estimate: middle } = estimate.shift;
  const band = Math.log1p(sameWithin);
  const floor = Math.log(noiseFloor?.ratio ?? 1);
  if (low >= -band && high <= band) {
    return floor > band ? unknown("noise-floor-too-wide") : { verdict: "same", reason: "within-same-band" };
  }
  if (low <= 0 && high >= 0) return unknown("interval-includes-one");
  if (!significant) return unknown("not-significant");
  if (Math.abs(middle) <= floor) return unknown("inside-noise-floor");
  return { verdict: middle > 0 ? "better" : "worse", reason: "difference" };
}

/** One logarithm of a ratio for each round that both have a trial of. */
function logRatiosOfRounds(values: readonly Observation[], baseline: readonly Observation[]): readonly number[] {
  const others = new Map(baseline.map(({ round, value }) => [round, value]));
  return values.flatMap(({ round, value }) => {
    const other = round === undefined ? undefined : others.get(round);
    return other === undefined ? [] : [logarithm(value) - logarithm(other)];
  });
}

function logarithm(value: number): number {
  return value > 0 ? Math.log(value) : LOG_OF_ZERO;
}
