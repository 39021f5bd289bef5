import { describe, expect, test } from "vitest";
import type { LiveChain, LiveChange } from "../../../src/measure/live-change-schema.ts";
import { formatLiveChange } from "../../../src/report/live-change-text.ts";

const CHAIN: LiveChain = {
  chain: "main",
  direction: "forward",
  path: ["gen", "firewall", "sink"],
  blockedMs: 0.4123,
  sentPackets: 4_012_345,
  receivedPackets: 4_012_345,
  lostPackets: 0,
  lostMs: 0,
  reorderedPackets: 0,
  duplicatePackets: 0,
  undisturbed: {
    durationMs: 1001,
    receivedPackets: 1_000_512,
    longestGapMs: 0.3081,
    sentPackets: 1_300_800,
    lostPackets: 0,
  },
  phases: [
    { phase: "bring-up", durationMs: 1732, receivedPackets: 1_730_000, longestGapMs: 0.3907 },
    { phase: "switch-over", durationMs: 214, receivedPackets: 213_800, longestGapMs: 0.4123 },
    { phase: "take-away", durationMs: 101, receivedPackets: 101_100, longestGapMs: 0.3102 },
  ],
};

const DISTURBED: LiveChain = {
  ...CHAIN,
  path: ["gen", "sink"],
  blockedMs: 24.8,
  receivedPackets: 4_010_001,
  lostPackets: 2_394,
  lostMs: 2.39,
  reorderedPackets: 335,
  duplicatePackets: 50,
  undisturbed: { ...CHAIN.undisturbed, longestGapMs: 12.6, lostPackets: 17 },
  phases: CHAIN.phases.map((phase) => ({
    ...phase,
    longestGapMs: phase.phase === "switch-over" ? 24.8 : 80.4,
  })),
};

/** Golden texts: `vitest -u` writes them anew; read the difference before you commit it. */
async function matchesGolden(name: string, chains: LiveChange["chains"], width = 80): Promise<void> {
  const change: LiveChange = { schema: "corebed/live-change/1", lab: "lab", changed: true, changes: [], chains };
  const text = formatLiveChange(change, { width, color: false, unicode: true });
  expect(text.split("\n").filter((line) => line.length > width)).toEqual([]);
  await expect(`${text}\n`).toMatchFileSnapshot(`golden/live-change-${name}.txt`);
}

describe("what packets saw of a live change, at 80 columns", () => {
  test("on a quiet machine", () => matchesGolden("quiet", [CHAIN]));
  test("that is within what the machine does anyway", () =>
    matchesGolden("ordinary", [
      { ...CHAIN, blockedMs: 0.2, undisturbed: { ...CHAIN.undisturbed, longestGapMs: 0.5 } },
    ]));
  test("where packets were lost, and containers took CPU time", () => matchesGolden("disturbed", [DISTURBED]));
  test("on two chains and both ways, in 60 columns", () =>
    matchesGolden(
      "both-ways",
      [CHAIN, { ...CHAIN, direction: "reverse" }, { ...CHAIN, chain: "other", path: ["a", "b"] }],
      60,
    ));
});
