import { expect, test } from "vitest";
import { exitAs } from "../../../src/cli/commands/measure.ts";
import { makeTrial } from "../../../src/measure/make-trial.ts";
import { notMeasured } from "../../../src/measure/not-measured.ts";
import { cautions } from "../../../src/report/headline.ts";
import { madeUpChain, madeUpMeasurement, madeUpResult, madeUpTrials } from "./made-up.ts";

const cut = makeTrial(madeUpMeasurement({ incomplete: "Packets still arrived.", chains: [madeUpChain()] }));

test("a run that measured nothing does not end well, and says which arm and why", () => {
  const result = madeUpResult(["vhost-user"], [cut]);
  const sentence = "vhost-user was not measured: its trial is not usable. Packets still arrived.";
  expect(notMeasured(result)).toEqual([sentence]);
  expect(cautions(result)).toContain(`ERROR: ${sentence}`);
  expect(() => exitAs(result)).toThrow(expect.objectContaining({ code: 1 }));
});

test("the reason is what made the trials unusable, and not whatever else was against them", () => {
  const slow = makeTrial(
    madeUpMeasurement({
      ratePps: 2_000_000,
      cpus: [{ cpu: 0, stealTicks: 7, busyTicks: 193, totalTicks: 200, interrupts: [] }],
      chains: [madeUpChain({ offered: 4_000_000, sent: 1_000_000 })],
    }),
  );
  expect(notMeasured(madeUpResult(["vhost-user"], [slow]))[0]).toContain("the generator sent 25.0 % of the rate asked");
});

test("one usable trial of an arm is a measurement, and a result that was cut short is no failure of the lab", () => {
  const measured = madeUpResult(["vhost-user"], [...madeUpTrials("vhost-user", 4_000_000, [1]), cut]);
  expect(notMeasured(measured)).toEqual([]);
  expect(() => exitAs(measured)).not.toThrow();
  expect(notMeasured({ ...madeUpResult(["vhost-user"], [cut]), complete: false })).toEqual([]);
});
