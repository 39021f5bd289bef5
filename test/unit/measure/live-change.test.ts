import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ArrivalCount, arrivalsBetween, liveChain } from "../../../src/measure/live-change.ts";
import { liveChangeJsonSchema } from "../../../src/measure/live-change-schema.ts";

const at = (takenAtMs: number, received: number, gaps: ArrivalCount["gaps"]): ArrivalCount => ({
  takenAtMs,
  received,
  gaps,
});

describe("what arrived between two looks", () => {
  test("is the difference, and its longest gap the highest bucket that has grown", () => {
    const before = at(1000, 500, [
      [1e3, 490],
      [4e8, 1],
    ]);
    const after = at(1250, 750, [
      [1e3, 700],
      [2e6, 3],
      [4e8, 1],
    ]);
    expect(arrivalsBetween(before, after)).toEqual({ durationMs: 250, receivedPackets: 250, longestGapMs: 2 });
  });

  test("without a packet has no gap that ended in it", () => {
    const look = at(1000, 500, [[1e3, 499]]);
    expect(arrivalsBetween(look, { ...look, takenAtMs: 1100 }).longestGapMs).toBe(0);
  });

  test("finds the longest gap whenever it came", () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 });
    const counted = (all: readonly number[]): ArrivalCount["gaps"] =>
      [...new Set(all)].map((gap) => [gap * 1e6, all.filter((other) => other === gap).length]);
    fc.assert(
      fc.property(gaps, gaps, (first, second) => {
        const both = [...first, ...second];
        const found = arrivalsBetween(at(0, first.length, counted(first)), at(1, both.length, counted(both)));
        expect(found.longestGapMs).toBe(Math.max(...second));
      }),
    );
  });
});

describe("a chain that changed", () => {
  const counts = {
    chain: "main",
    direction: "forward",
    path: ["gen", "sink"],
    undisturbed: { durationMs: 1000, receivedPackets: 1000, longestGapMs: 1, sentPackets: 1000, lostPackets: 0 },
    phases: [
      { phase: "bring-up", durationMs: 1000, receivedPackets: 900, longestGapMs: 80 },
      { phase: "switch-over", durationMs: 100, receivedPackets: 100, longestGapMs: 7 },
    ],
    durationMs: 2000,
    sent: 2000,
    received: 1995,
    reordered: 3,
    duplicates: 5,
  } as const;

  test("was blocked for the longest gap of the switch-over, and lost what did not arrive", () => {
    expect(liveChain(counts)).toMatchObject({ blockedMs: 7, lostPackets: 10, lostMs: 10, reorderedPackets: 3 });
  });

  test("that sent nothing lost nothing", () => {
    const none = liveChain({ ...counts, sent: 0, received: 0, duplicates: 0, durationMs: 0 });
    expect([none.lostPackets, none.lostMs]).toEqual([0, 0]);
  });
});

test("its schema is the published one", async () => {
  await expect(`${JSON.stringify(liveChangeJsonSchema(), undefined, 2)}\n`).toMatchFileSnapshot(
    "../../../schema/live-change.schema.json",
  );
});
