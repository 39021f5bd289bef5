import { expect, test } from "vitest";
import type { HopLimit } from "../../../src/measure/hop-limit.ts";
import type { Arm } from "../../../src/measure/result.ts";
import { formatMarkdown } from "../../../src/report/format-markdown.ts";
import { formatResult } from "../../../src/report/format-result.ts";
import { limitLines } from "../../../src/report/limit-lines.ts";
import { twoArms } from "./results.ts";

const ASKED: HopLimit = { from: "gen", to: "sink", at: "egress", askedBps: 1e9, offeredBps: 3e9, achievedBps: 0 };

/** The first arm of a result, its trials with what was achieved in turn. */
function armWith(limit: Partial<HopLimit>, achievedBps: readonly number[]): Arm {
  const [arm] = twoArms().arms;
  const [trial] = arm?.trials ?? [];
  if (arm === undefined || trial === undefined) throw new Error("internal: no trial to take");
  const trials = achievedBps.map((bps) => ({
    ...trial,
    usable: true,
    chains: trial.chains.map((chain) => ({ ...chain, limits: [{ ...ASKED, ...limit, achievedBps: bps }] })),
  }));
  return { ...arm, trials };
}

test("asked and achieved stand side by side, by the median of the trials", () => {
  expect(limitLines(armWith({}, [0.5e9, 1.004e9, 1.1e9]))).toEqual([
    "gen to sink of main, held at egress: asked 1.00 Gbit/s, achieved 1.00 Gbit/s (+0.4 %)",
  ]);
  expect(limitLines(armWith({ askedBps: 250e6, at: "meter" }, [245e6]))).toEqual([
    "gen to sink of main, held at a meter: asked 250 Mbit/s, achieved 245 Mbit/s (-2.0 %)",
  ]);
});

test("a limit that less came to than it lets through says so", () => {
  expect(limitLines(armWith({ offeredBps: 0.4e9 }, [0.4e9]))[0]).toContain("(-60.0 %); only 400 Mbit/s came to it");
});

test("a result without limits says nothing of them, one with them does in every form", () => {
  const plain = twoArms();
  const [, other] = plain.arms;
  if (other === undefined) throw new Error("internal: no second arm");
  const limited = { ...plain, arms: [armWith({}, [1e9]), other] };
  const terminal = { width: 80, color: false, unicode: false };
  expect(formatResult(plain, terminal)).not.toContain("Limits");
  expect(formatResult(limited, terminal)).toContain("asked 1.00 Gbit/s");
  expect(formatMarkdown(limited)).toContain("asked 1.00 Gbit/s");
});
