import { expect, test } from "vitest";
import { headline } from "../../../src/report/headline.ts";
import { twoArms } from "./results.ts";

test("what differs between the arms is not told as if it held for all", () => {
  const same = twoArms();
  expect(headline(same)).toBe("compare pktgen-stats: 64-byte frames, 1 flow, rate max, 5 trials each of 2 s");
  const [first, second] = same.arms;
  if (first === undefined || second === undefined) throw new Error("two arms have two");
  const other = {
    ...second,
    durationMs: 500,
    traffic: { ...second.traffic, frames: [{ bytes: 1518, weight: 1 }], vlan: 7, ratePps: 1e6 },
  };
  expect(headline({ ...same, arms: [first, other] })).toBe("compare pktgen-stats: 1 flow, 5 trials each");
});
