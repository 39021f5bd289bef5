import { expect, test } from "vitest";
import type { Arm } from "../../../src/measure/result.ts";
import { verdictSentence } from "../../../src/report/verdict-sentence.ts";
import { twoArms } from "./results.ts";

const [first, second] = twoArms().arms as [Arm, Arm];
const interval = (low: number, high: number) => ({ low, high, confidence: 0.95 });
const trials = (n: number) => ({ throughputPps: { median: 1, min: 1, max: 1, mean: 1, n } });

test.each<[string, Partial<Arm>, Partial<Arm>, string]>([
  [
    "better",
    { ratioToFirst: 18.94, ratioInterval: interval(16.21, 20.4), verdict: "better" },
    {},
    "vhost-user delivered 18.9x docker-bridge (95 % interval 16.2x to 20.4x, 5 trials each).",
  ],
  [
    "worse",
    { ratioToFirst: 0.5, ratioInterval: interval(0.4, 0.6), verdict: "worse", ...trials(6) },
    {},
    "vhost-user delivered 0.500x docker-bridge (95 % interval 0.400x to 0.600x, 6 and 5 trials).",
  ],
  [
    "same",
    { ratioToFirst: 1.01, ratioInterval: interval(0.98, 1.02), verdict: "same" },
    {},
    "vhost-user delivered as much as docker-bridge to within 5 %: 1.01x (95 % interval 0.980x to 1.02x, 5 trials each).",
  ],
  [
    "cannot tell",
    { ratioToFirst: 1.1, ratioInterval: interval(0.9, 1.2), verdict: "unknown" },
    {},
    "vhost-user delivered 1.10x docker-bridge, but which is faster these trials cannot tell (95 % interval 0.900x to 1.20x, 5 trials each).",
  ],
  [
    "too few",
    { ratioToFirst: 18.9, ratioInterval: undefined, verdict: "unknown", ...trials(1) },
    trials(1),
    "vhost-user delivered 18.9x docker-bridge (1 trial each: too few for a verdict, 5 each are needed).",
  ],
  [
    "no trial",
    { ratioToFirst: undefined, throughputPps: undefined },
    {},
    "vhost-user cannot be compared with docker-bridge: vhost-user has no complete trial.",
  ],
  [
    "zero",
    { ratioToFirst: undefined },
    {},
    "vhost-user cannot be compared with docker-bridge: docker-bridge delivered nothing.",
  ],
])("%s", (_, arm, baseline, sentence) => {
  expect(verdictSentence({ ...second, ...arm }, { ...first, ...baseline })).toBe(sentence);
});
