import { expect, test } from "vitest";
import type { Arm } from "../../../src/measure/result.ts";
import type { Comparison } from "../../../src/measure/statistics/comparison.ts";
import { verdictSentence } from "../../../src/report/verdict-sentence.ts";
import { twoArms } from "./results.ts";

const [first, second] = twoArms().arms as [Arm, Arm];
const interval = (low: number, high: number) => ({ low, high, confidence: 0.95 });

function comparison(parts: Partial<Comparison>): Comparison {
  return {
    method: "paired-rounds",
    n: 5,
    baselineN: 5,
    sameWithin: 0.05,
    verdict: "unknown",
    reason: "too-few-trials",
    ...parts,
  };
}
const effect = { cliffsDelta: 0.6, a12: 0.8, magnitude: "large" } as const;
const noiseFloor = { ratio: 1.12, comparisons: 40, trials: 5, coverage: 0.95 };

test.each<[string, Partial<Comparison>, string]>([
  [
    "better",
    { ratio: 18.94, interval: interval(16.21, 20.4), verdict: "better", reason: "difference", effect },
    "vhost-user delivered 18.9x docker-bridge (95 % interval 16.2x to 20.4x, 5 trials each): better.",
  ],
  [
    "worse, by little enough to say how large that is",
    { ratio: 0.9, interval: interval(0.85, 0.95), verdict: "worse", reason: "difference", n: 6, effect },
    "vhost-user delivered 0.900x docker-bridge (95 % interval 0.850x to 0.950x, 6 and 5 trials): worse, a large effect (80 % of pairs of trials higher).",
  ],
  [
    "same",
    { ratio: 1.01, interval: interval(0.98, 1.02), verdict: "same", reason: "within-same-band" },
    "vhost-user delivered as much as docker-bridge to within 5 %: 1.01x (95 % interval 0.980x to 1.02x, 5 trials each).",
  ],
  [
    "cannot tell",
    { ratio: 1.1, interval: interval(0.9, 1.2), reason: "interval-includes-one" },
    "vhost-user delivered 1.10x docker-bridge, but which is faster these trials cannot tell (95 % interval 0.900x to 1.20x, 5 trials each).",
  ],
  [
    "no more than the host does to equals",
    { ratio: 1.1, interval: interval(1.05, 1.2), reason: "inside-noise-floor", noiseFloor },
    "vhost-user delivered 1.10x docker-bridge (95 % interval 1.05x to 1.20x, 5 trials each), but cannot tell: this host has shown differences of up to 1.12x between equals.",
  ],
  [
    "too few",
    { ratioOfMedians: 18.9, n: 1, baselineN: 1 },
    "vhost-user delivered 18.9x docker-bridge (1 trial each: too few for a verdict).",
  ],
])("%s", (_, parts, sentence) => {
  expect(verdictSentence({ ...second, comparison: comparison(parts) }, first)).toBe(sentence);
});

test("an arm without a trial", () => {
  const { throughputPps: _, ...silent } = second;
  expect(verdictSentence({ ...silent, comparison: comparison({ reason: "no-ratio" }) }, first)).toBe(
    "vhost-user cannot be compared with docker-bridge: vhost-user has no usable trial.",
  );
});

test("nothing to divide by", () => {
  expect(verdictSentence({ ...second, comparison: comparison({ reason: "no-ratio" }) }, first)).toBe(
    "vhost-user cannot be compared with docker-bridge: docker-bridge delivered nothing.",
  );
});
