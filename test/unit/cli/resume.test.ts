import { expect, test } from "vitest";
import { optionsThen } from "../../../src/cli/resume.ts";
import { example, parse } from "../lab/make-lab.ts";
import { madeUpResult, madeUpTrials } from "../measure/made-up.ts";

const earlier = madeUpResult(["vhost-user"], madeUpTrials("vhost-user", 4_000_000, [1]));
const { topology } = parse(example("frame-sweep.yaml"));
const folded = earlier.arms.map((arm) => ({ ...arm, cpus: { ...arm.cpus, folded: true } }));

test("a sweep is gone on with as it was begun, whatever the file says of trials and method", () => {
  const method = { kind: "max-rate", durationMs: 1000, trials: 7 } as const;
  const other = { ...topology, measure: { ...topology.measure, method: "ndr-pdr" } } as const;
  expect(optionsThen({ ...earlier, method, arms: folded }, other)).toEqual({ fold: true, trials: 7, measure: "max" });
});

test("a method that the file sweeps over is the file's", () => {
  const method = { kind: "max-rate", durationMs: 1000, trials: 7 } as const;
  const sweeping = { ...topology, sweep: [{ parameter: "measure.method", values: ["max", "rate"] }] };
  expect(optionsThen({ ...earlier, method }, sweeping)).toMatchObject({ trials: undefined, measure: undefined });
});
