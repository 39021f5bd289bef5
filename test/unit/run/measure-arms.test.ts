import { describe, expect, test } from "vitest";
import type { ArmPlan } from "../../../src/measure/arm-plan.ts";
import type { Flag } from "../../../src/measure/flag.ts";
import { makeTrial } from "../../../src/measure/make-trial.ts";
import { orderOfRound } from "../../../src/measure/order-of-round.ts";
import type { Trial } from "../../../src/measure/trial.ts";
import { type MeasureOptions, measureArms } from "../../../src/run/measure-arms.ts";
import type { TestBed, TrialRequest } from "../../../src/run/test-bed.ts";
import { madeUpArm, madeUpChain, madeUpMeasurement } from "../measure/made-up.ts";

/** A bed on which every lab forwards up to a rate of its own, and which says what it was asked. */
class MadeUpBed implements TestBed {
  readonly asked: TrialRequest[] = [];
  readonly flagsOf: (request: TrialRequest) => readonly Flag[];
  readonly onDrive: (request: TrialRequest) => void;

  constructor(flagsOf: MadeUpBed["flagsOf"] = () => [], onDrive: MadeUpBed["onDrive"] = () => {}) {
    this.flagsOf = flagsOf;
    this.onDrive = onDrive;
  }

  readonly versions = () => ({ ovs: undefined, dpdk: undefined });
  async open(): Promise<void> {}
  async ceilingPps(): Promise<undefined> {}
  async [Symbol.asyncDispose](): Promise<void> {}

  async drive(_lab: unknown, request: TrialRequest): Promise<Trial> {
    this.asked.push(request);
    this.onDrive(request);
    const { index, arm, round, purpose, ratePps, durationMs, repeatOf, signal } = request;
    const capacityPps = arm === "vhost-user" ? 4_000_000 : 400_000;
    const offered = Math.round(((ratePps ?? 10_000_000) * durationMs) / 1000);
    const received = Math.min(offered, Math.round((capacityPps * durationMs) / 1000));
    const chain = madeUpChain({ sent: offered, full: offered - received, durationNs: durationMs * 1e6 });
    return makeTrial(
      madeUpMeasurement({
        index,
        arm,
        round,
        purpose,
        ratePps,
        durationMs,
        ...(repeatOf !== undefined && { repeatOf }),
        incomplete: signal.aborted ? "The trial was interrupted before its end." : undefined,
        chains: [chain],
        pmds: [],
        flags: this.flagsOf(request),
      }),
    );
  }
}

const PAIR = [madeUpArm("docker-bridge"), madeUpArm("vhost-user")];
const NAMES = PAIR.map(({ name }) => name);
const options = (parts: Partial<MeasureOptions> = {}): MeasureOptions => ({
  orderOfRound: orderOfRound(NAMES, "abba", 1),
  signal: new AbortController().signal,
  ...parts,
});
const DISTURBED: Flag = { code: "disturbed", message: "The hypervisor took 9.00 % of CPU 1." };
const quiet = () => {};

describe("arms are measured in turns", () => {
  test("every other round backwards", async () => {
    const { trials, outcomes } = await measureArms(new MadeUpBed(), PAIR, options(), quiet);
    expect(trials.map(({ arm }) => arm).slice(0, 4)).toEqual([
      "docker-bridge",
      "vhost-user",
      "vhost-user",
      "docker-bridge",
    ]);
    expect(trials).toHaveLength(10);
    expect([...outcomes.values()].map(({ kind }) => kind)).toEqual(["fixed-rate", "fixed-rate"]);
  });

  test("searches of different lengths too, and each finds its own capacity", async () => {
    const search: ArmPlan["method"] = {
      kind: "search",
      goals: [
        {
          name: "NDR",
          lossRatio: 0,
          exceedRatio: 0.5,
          finalTrialDurationMs: 1000,
          durationSumMs: 1000,
          width: 0.01,
          initialTrialDurationMs: 1000,
        },
      ],
      minLoadPps: 9001,
      maxTrials: 100,
      maxTotalMs: 1e9,
    };
    const arms = PAIR.map((arm) => ({ ...arm, method: search }));
    const { outcomes } = await measureArms(new MadeUpBed(), arms, options(), quiet);
    for (const [name, capacity] of [
      ["docker-bridge", 400_000],
      ["vhost-user", 4_000_000],
    ] as const) {
      const outcome = outcomes.get(name);
      const goal = outcome?.kind === "search" ? outcome.goals[0] : undefined;
      expect(goal?.lowerPps).toBeLessThanOrEqual(capacity);
      expect(goal?.upperPps).toBeGreaterThanOrEqual(capacity);
      expect(goal?.lowerPps).toBeGreaterThan(capacity * 0.98);
    }
  });
});

describe("a disturbed trial", () => {
  test("is repeated at once, and the repeat stands in its place", async () => {
    const bed = new MadeUpBed(({ index }) => (index === 1 ? [DISTURBED] : []));
    const { trials } = await measureArms(bed, PAIR, options(), quiet);
    expect(trials).toHaveLength(11);
    expect(trials[1]).toMatchObject({ arm: "vhost-user", usable: false });
    expect(trials[2]).toMatchObject({ arm: "vhost-user", usable: true, repeatOf: 1 });
  });

  test("on a machine that is never quiet is repeated a few times only", async () => {
    const { trials } = await measureArms(new MadeUpBed(() => [DISTURBED]), PAIR, options(), quiet);
    expect(trials.length).toBeGreaterThan(10);
    expect(trials.length).toBeLessThanOrEqual(10 + 2 * 4);
    for (const name of NAMES) expect(trials.filter(({ arm, usable }) => arm === name && usable)).toHaveLength(5);
  });
});

describe("an interruption", () => {
  test("keeps the trial under way, marked incomplete, and starts no other", async () => {
    const abort = new AbortController();
    const bed = new MadeUpBed(undefined, ({ index }) => {
      if (index === 3) abort.abort();
    });
    const { trials, outcomes } = await measureArms(bed, PAIR, options({ signal: abort.signal }), quiet);
    expect(trials.map(({ complete }) => complete)).toEqual([true, true, true, false]);
    expect(outcomes.size).toBe(0);
  });

  test("can be gone on from: what was measured is not measured again, and the result is the same", async () => {
    const whole = await measureArms(new MadeUpBed(), PAIR, options(), quiet);
    const abort = new AbortController();
    const cut = new MadeUpBed(undefined, ({ index }) => {
      if (index === 5) abort.abort();
    });
    const part = await measureArms(cut, PAIR, options({ signal: abort.signal }), quiet);
    const bed = new MadeUpBed();
    const resumed = await measureArms(bed, PAIR, options({ recorded: part.trials }), quiet);
    expect(bed.asked).toHaveLength(5);
    expect(resumed.trials).toEqual(whole.trials);
  });
});

test("a failure of the lab ends it", async () => {
  const bed = new MadeUpBed(undefined, ({ index }) => {
    if (index === 2) throw new Error("NF sink: connection closed");
  });
  await expect(measureArms(bed, PAIR, options(), quiet)).rejects.toThrow("NF sink: connection closed");
});

test("progress says how many trials there are and how long they take", async () => {
  const events: { readonly number: number; readonly total: number | undefined }[] = [];
  await measureArms(new MadeUpBed(), PAIR, options(), (event) => {
    if (event.type === "trial-started") events.push(event);
  });
  expect(events.map(({ number, total }) => [number, total])).toEqual(
    Array.from({ length: 10 }, (_, index) => [index + 1, 10]),
  );
});
