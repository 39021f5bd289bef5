import { observationsOfArm } from "./compare-arms.ts";
import { descriptorOf } from "./descriptor.ts";
import type { Arm, Result } from "./result.ts";
import { comparability, type Difference } from "./statistics/comparability.ts";
import type { Comparison, NoiseFloor } from "./statistics/comparison.ts";
import { judge } from "./statistics/judge.ts";

/** What comparing with an earlier result yields. */
export type Baseline = NonNullable<Result["baseline"]>;

/** In what the arms that both results have differ besides the thing under test; `missing` are those that the earlier one lacks. */
export function baselineDifferences(
  result: Result,
  earlier: Result,
): { readonly differences: readonly Difference[]; readonly missing: readonly string[] } {
  const pairs = pairsOf(result, earlier);
  const differences = pairs.flatMap(([arm, before]) =>
    comparability(descriptorOf(result, arm), descriptorOf(earlier, before)),
  );
  const bySentence = new Map(differences.map((difference) => [difference.sentence, difference]));
  const known = new Set(pairs.map(([arm]) => arm.name));
  return {
    differences: [...bySentence.values()],
    missing: result.arms.map(({ name }) => name).filter((name) => !known.has(name)),
  };
}

/** A result with each of its arms set against the arm of the same name in an earlier one. Their trials ran at other times, so they are no pairs. */
export function withBaseline(
  result: Result,
  earlier: Result,
  options: {
    readonly file: string;
    readonly noiseFloorOf: (arm: Arm) => NoiseFloor | undefined;
  },
): Result {
  const plain = (arm: Arm) => observationsOfArm(arm).map(({ value }) => ({ value, round: undefined }));
  const arms = pairsOf(result, earlier).map(([arm, before]) => {
    const noiseFloor = options.noiseFloorOf(arm);
    const comparison = judge({ values: plain(arm), baseline: plain(before), noiseFloor });
    return { name: arm.name, comparison: noiseFloor === undefined ? cautious(comparison) : comparison };
  });
  const { differences } = baselineDifferences(result, earlier);
  return {
    ...result,
    baseline: {
      file: options.file,
      startedAt: earlier.startedAt,
      differences: differences.map(({ severity, sentence }) => ({ severity, sentence })),
      arms,
    },
  };
}

/**
 * Between two sessions a host may drift or change its phase, and trials that did not take turns take that for a difference: equals were called different in
 * up to two of three simulated comparisons. Only a noise floor measured over time (`corebed calibrate`) tells.
 */
function cautious(comparison: Comparison): Comparison {
  if (comparison.verdict !== "better" && comparison.verdict !== "worse") return comparison;
  return { ...comparison, verdict: "unknown", reason: "noise-unknown" };
}

function pairsOf(result: Result, earlier: Result): readonly (readonly [Arm, Arm])[] {
  return result.arms.flatMap((arm) => {
    const before = earlier.arms.find(({ name }) => name === arm.name);
    return before === undefined ? [] : [[arm, before] as const];
  });
}
