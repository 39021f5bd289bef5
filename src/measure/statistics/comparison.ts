import { z } from "zod";
import type { Plain } from "../plain.ts";
import { count, ratio } from "../plain.ts";

/** What two sets of trials say about each other. `unknown` is "cannot tell". */
export const VERDICTS = ["better", "worse", "same", "unknown"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Words for the size of an effect (Romano et al. 2006), smallest first. */
export const MAGNITUDES = ["negligible", "small", "medium", "large"] as const;
export type Magnitude = (typeof MAGNITUDES)[number];

/** How trials were set against each other. */
export const COMPARISON_METHODS = ["paired-rounds", "independent-trials"] as const;
export type ComparisonMethod = (typeof COMPARISON_METHODS)[number];

/** What the verdict hangs on. */
export const REASONS = [
  "difference",
  "within-same-band",
  "too-few-trials",
  "no-ratio",
  "interval-includes-one",
  "not-significant",
  "inside-noise-floor",
  "noise-floor-too-wide",
  "noise-unknown",
] as const;
export type Reason = (typeof REASONS)[number];

export const ratioIntervalSchema = z.object({
  low: z.number().nonnegative().describe("Lower end."),
  high: z.number().nonnegative().describe("Upper end."),
  confidence: ratio().describe("Share of such intervals that hold the true ratio, at least: 0.95."),
});

export const noiseFloorSchema = z
  .object({
    ratio: z
      .number()
      .min(1)
      .describe(
        "Comparisons of a lab with itself came out between 1/ratio and ratio. A ratio inside that band is what this host does to equals.",
      ),
    comparisons: count().describe("Comparisons of a lab with itself that it comes from."),
    trials: count().describe("Trials (pairs of rounds) in the smallest of them."),
    coverage: ratio().describe(
      "Chance that one more such comparison stays in the band: 0.95, or less where there were too few comparisons for that (n / (n + 1)).",
    ),
  })
  .meta({ id: "noiseFloor" });

const testSchema = z.object({
  statistic: z.number().nonnegative().describe("Mann-Whitney: U of the arm. Signed rank: sum of the positive ranks."),
  p: ratio().describe("Two-sided: chance of a difference at least this large between equals."),
  exact: z.boolean().describe("Whether p counts all arrangements, or comes from the normal approximation."),
});

export const comparisonSchema = z
  .object({
    method: z
      .enum(COMPARISON_METHODS)
      .describe(
        "Where ratio and interval come from. paired-rounds: the trials of the two arms in one round are a pair, and each pair has a ratio. independent-trials: " +
          "all trials of one arm against all of the other. Of trials that took turns in rounds it is the one with the shorter interval.",
      ),
    ratio: z
      .number()
      .nonnegative()
      .optional()
      .describe(
        "The arm / the baseline: Hodges and Lehmann's estimate by the method, on logarithms. The interval belongs to this ratio. Absent without an interval.",
      ),
    ratioOfMedians: z.number().nonnegative().optional().describe("Median of the arm / median of the baseline."),
    interval: ratioIntervalSchema
      .optional()
      .describe(
        "Interval of `ratio`, without an assumption on how trials scatter; absent with too few trials (5 of each), and where too many delivered nothing.",
      ),
    n: count().describe("Trials of the arm."),
    baselineN: count().describe("Trials of the baseline."),
    pairs: count().optional().describe("Rounds in which both have a trial; absent where trials are not of rounds."),
    mannWhitney: testSchema
      .optional()
      .describe("Mann and Whitney's U test over all trials; absent where an arm has no trial."),
    signedRank: testSchema
      .optional()
      .describe("Wilcoxon's signed-rank test over the pairs; absent where there are none."),
    effect: z
      .object({
        cliffsDelta: z
          .number()
          .min(-1)
          .max(1)
          .describe(
            "Share of trial pairs in which the arm is higher, less that in which it is lower: 1 when every trial is.",
          ),
        a12: ratio().describe("Vargha and Delaney's A: chance that a trial of the arm is higher, ties counting half."),
        magnitude: z
          .enum(MAGNITUDES)
          .describe("Of cliffsDelta: under 0.147 negligible, under 0.33 small, under 0.474 medium, else large."),
      })
      .optional()
      .describe("Size of the difference against the spread of the trials; absent where an arm has no trial."),
    noiseFloor: noiseFloorSchema.optional().describe("The host's noise floor that was used; absent without one."),
    sameWithin: z.number().positive().describe("Ratios from 1/(1+sameWithin) to 1+sameWithin count as the same."),
    verdict: z
      .enum(VERDICTS)
      .describe("better, worse: the arm is higher, lower. same: to within sameWithin. unknown: cannot tell."),
    reason: z
      .enum(REASONS)
      .describe(
        "difference: the interval excludes 1, the test is significant, and the ratio is outside the noise floor. within-same-band: all of the interval is within " +
          "sameWithin of 1. The rest are why it cannot be told. too-few-trials: no interval. no-ratio: too many trials delivered nothing. interval-includes-one. " +
          "not-significant: the interval excludes 1 and the test does not bear it out. inside-noise-floor: this host shows such differences between equals. " +
          "noise-floor-too-wide: the interval says same, but the host's noise floor is wider than sameWithin. noise-unknown: the trials are of different times, and what this host does between times was never measured.",
      ),
  })
  .meta({ id: "comparison" });

/** An arm of a comparison, or a result, against another. */
export type Comparison = Plain<z.infer<typeof comparisonSchema>>;
export type NoiseFloor = Plain<z.infer<typeof noiseFloorSchema>>;
export type RatioInterval = Plain<z.infer<typeof ratioIntervalSchema>>;
export type Effect = NonNullable<Comparison["effect"]>;
/** Outcome of a significance test. */
export type TestResult = NonNullable<Comparison["mannWhitney"]>;

/** One trial's figure (higher is better), with the round of the comparison that it ran in; undefined where trials were not in common rounds. */
export interface Observation {
  readonly value: number;
  readonly round: number | undefined;
}

export interface JudgeInput {
  /** Usable trials of the arm, in the order they ran. */
  readonly values: readonly Observation[];
  /** Usable trials of what it is compared with. */
  readonly baseline: readonly Observation[];
  /** Undefined where the host has none on record. */
  readonly noiseFloor: NoiseFloor | undefined;
  /** Ratios between 1/(1+sameWithin) and 1+sameWithin are not worth a word; `SAME_WITHIN` is the default. */
  readonly sameWithin?: number;
}
