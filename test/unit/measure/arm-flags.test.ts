import { expect, test } from "vitest";
import type { CpuPlacement } from "../../../src/lab/lab.ts";
import { armFlags } from "../../../src/measure/arm-flags.ts";
import type { Trial } from "../../../src/measure/trial.ts";

const PLACEMENT: CpuPlacement = { owners: [], housekeeping: 0, housekeepingShared: false, folded: false };

/** What is said of an arm whose trials have these notes. */
function said(...notes: readonly (readonly string[])[]): readonly string[] {
  const trials = notes.map((messages) => ({ flags: messages.map((message) => ({ code: "note", message })) }));
  return armFlags(trials as unknown as readonly Trial[], PLACEMENT).map(({ message }) => message);
}

test("a note that all trials have is told once", () => {
  expect(said(["iptables saw it."], ["iptables saw it."])).toEqual(["iptables saw it."]);
});

test("notes that differ by what was measured are one", () => {
  expect(said(["Known to 12.3 µs."], ["Known to 1,250 µs."], [])).toEqual([
    "2 of 3 trials, for example: Known to 1,250 µs.",
  ]);
  expect(said(["Known to 12.3 µs."], ["Known to 4 µs."])).toEqual(["2 of 2 trials, for example: Known to 4 µs."]);
});

test("notes on different things are told apart", () => {
  expect(said(["CPU 0 is slow."], ["CPU 1 is slow."])).toEqual([
    "1 of 2 trials: CPU 0 is slow.",
    "1 of 2 trials: CPU 1 is slow.",
  ]);
});
