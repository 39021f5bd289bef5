import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { balance, type CountingPoint } from "../../../src/measure/ledger.ts";

const packets = fc.nat({ max: 1_000_000_000 });
const drop = fc.record({ reason: fc.string(), counter: fc.string(), packets });
const laterPoint = fc.record({
  at: fc.string(),
  counter: fc.string(),
  packets,
  drops: fc.array(drop, { maxLength: 3 }),
});
const line = fc
  .tuple(fc.record({ at: fc.string(), counter: fc.string(), packets, drops: fc.constant([]) }), fc.array(laterPoint))
  .map(([first, later]): CountingPoint[] => [first, ...later]);

function point(at: string, packets: number, dropped: Readonly<Record<string, number>> = {}): CountingPoint {
  const drops = Object.entries(dropped).map(([reason, count]) => ({
    reason,
    counter: `${at} ${reason}`,
    packets: count,
  }));
  return { at, counter: `${at} packets`, packets, drops };
}

describe("balance", () => {
  test("loses no packet: first = last + drops + unexplained", () => {
    fc.assert(
      fc.property(line, (points) => {
        const ledger = balance(points);
        expect(points[0]?.packets).toBe((points.at(-1)?.packets ?? 0) + ledger.dropped + ledger.unexplained);
        expect(ledger.droppedByReason.reduce((sum, one) => sum + one.packets, 0)).toBe(ledger.dropped);
        expect(ledger.balanced).toBe(ledger.points.every((one) => one.unexplained === 0));
      }),
    );
  });

  test("of a chain whose drops were all counted has nothing unexplained", () => {
    const ledger = balance([
      point("gen", 100),
      point("switch rx", 100),
      point("switch tx", 70, { full: 30 }),
      point("sink", 65, { ring: 4, mtu: 1 }),
    ]);
    expect(ledger).toMatchObject({ dropped: 35, unexplained: 0, balanced: true });
    expect(ledger.droppedByReason.map(({ reason, at, packets }) => [reason, at, packets])).toEqual([
      ["full", "switch tx", 30],
      ["ring", "sink", 4],
      ["mtu", "sink", 1],
    ]);
  });

  test("says at which step packets went missing or came from nowhere, even where the two cancel out", () => {
    const ledger = balance([point("gen", 100), point("switch", 95), point("sink", 100)]);
    expect(ledger.points.map((one) => one.unexplained)).toEqual([0, 5, -5]);
    expect(ledger).toMatchObject({ unexplained: 0, balanced: false });
  });

  test("refuses drops that belong to no step", () => {
    expect(() => balance([point("gen", 100, { unsent: 3 }), point("sink", 100)])).toThrow("internal: drops at gen");
  });

  test("of nothing is nothing", () => {
    expect(balance([])).toEqual({ points: [], droppedByReason: [], dropped: 0, unexplained: 0, balanced: true });
  });
});
