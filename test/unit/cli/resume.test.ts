import { expect, test } from "vitest";
import { checkSameBed, optionsThen } from "../../../src/cli/resume.ts";
import type { HostFacts } from "../../../src/lab/host-facts.ts";
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

test("a sweep is gone on with on the machine that it was begun on, and nowhere else", () => {
  const versions = { ...earlier.versions, images: { nf: "corebed/nf:0123456789ab" } };
  const begun = { ...earlier, versions };
  const image = { name: "nf", reference: "corebed/nf:0123456789ab", id: "sha256:1", present: true };
  const here = { ...earlier.host, images: [image] } as unknown as HostFacts;
  expect(() => checkSameBed(begun, false, here)).not.toThrow();
  const elsewhere = {
    ...here,
    hostname: "rig7",
    cpus: { ...here.cpus, model: "Made-up 9000" },
    images: [{ ...image, reference: "corebed/nf:ba9876543210" }],
  } as unknown as HostFacts;
  expect(() => checkSameBed(begun, true, elsewhere)).toThrow(`error: the result was begun elsewhere:
  the data plane was a machine's, and is a model (--simulate) now
  the host was box, and is rig7 now
  the CPU model was ${here.cpus.model}, and is Made-up 9000 now
  the image nf was corebed/nf:0123456789ab, and is corebed/nf:ba9876543210 now
  = help: go on where it was begun, or begin anew`);
});

test("the same of several hosts, each of which is asked after", () => {
  const image = { name: "nf", reference: "corebed/nf:0123456789ab", id: "sha256:1", present: true };
  const here = { ...earlier.host, images: [image] } as unknown as HostFacts;
  const { versions } = earlier;
  const hosts = ["a", "b"].map((name) => ({
    name,
    address: `ssh://root@${name}`,
    facts: { ...earlier.host, hostname: `rig-${name}` },
    versions,
  })) as unknown as NonNullable<typeof earlier.hosts>;
  const begun = { ...earlier, hosts };
  const now = (b: string) =>
    new Map([
      ["a", { ...here, hostname: "rig-a" }],
      ["b", { ...here, hostname: b }],
    ]);
  expect(() => checkSameBed(begun, false, now("rig-b"))).not.toThrow();
  expect(() => checkSameBed(begun, false, now("other"))).toThrow("the host b was rig-b, and is other now");
  const { hosts: _hosts, ...onOne } = begun;
  expect(() => checkSameBed(onOne, false, now("rig-b"))).toThrow("the host a was none, and is rig-a now");
});
