import { describe, expect, test } from "vitest";
import { makeTrial } from "../../../src/measure/make-trial.ts";
import { histogramAround, madeUpChain, madeUpMeasurement } from "./made-up.ts";

const codesOf = (trial: ReturnType<typeof makeTrial>) => trial.flags.map((flag) => flag.code);

describe("a trial's figures", () => {
  test("follow from its counters", () => {
    const trial = makeTrial(madeUpMeasurement({ chains: [madeUpChain({ sent: 4_000_000, full: 1_000_000 })] }));
    expect(trial).toMatchObject({
      complete: true,
      throughputPps: 1_500_000,
      bandwidthBps: 768_000_000,
      lossRatio: 0.25,
      latencyNs: {
        count: 1000,
        min: 6000,
        p50: 12_000,
        p90: 12_000,
        p99: 96_000,
        p999: 96_000,
        max: 120_000,
        mean: 13_800,
      },
      switchCyclesPerPacket: 1000,
      flags: [],
    });
    expect(trial.chains[0]?.ledger).toMatchObject({ dropped: 1_000_000, balanced: true });
    expect(trial.hygiene.cpus.map((cpu) => cpu.stealRatio)).toEqual([0, 0.005]);
  });

  test("add up over chains, by packets and not by ratios", () => {
    const small = madeUpChain({ chain: "small", sent: 1000, full: 1000, latency: undefined });
    const trial = makeTrial(madeUpMeasurement({ chains: [madeUpChain({ sent: 3000 }), small] }));
    expect(trial).toMatchObject({ lossRatio: 0.25, throughputPps: 1500, latencyNs: { count: 1000 } });
  });

  test("count what was asked for and not sent as lost, and say so in the ledger", () => {
    const chain = madeUpChain({ offered: 1000, sent: 900, full: 100 });
    const trial = makeTrial(madeUpMeasurement({ ratePps: 500, chains: [chain] }));
    expect(trial.lossRatio).toBe(0.2);
    expect(trial.chains[0]?.ledger).toMatchObject({
      droppedByReason: [
        { reason: "not sent in time", at: "port of gen", packets: 100 },
        { reason: "ring of sink full", packets: 100 },
      ],
      balanced: true,
    });
    expect(trial.flags).toEqual([
      { code: "short-of-rate", message: "Chain main: the generator sent 90.0 % of the rate asked." },
    ]);
  });

  test("tell a rate that was right on the whole and came in bursts", () => {
    const trial = (minSent: number, maxSent: number) =>
      makeTrial(
        madeUpMeasurement({
          ratePps: 10_000,
          chains: [{ ...madeUpChain({ offered: 1000, sent: 1000 }), windows: { count: 5, minSent, maxSent } }],
        }),
      );
    expect(trial(991, 1009).flags).toEqual([]);
    expect(trial(400, 1010).flags).toEqual([
      {
        code: "uneven-rate",
        message:
          "Chain main: the generator sent unevenly, from 40.0 % to 101 % of the rate asked in windows of 100 ms.",
      },
    ]);
    expect(trial(400, 1010).usable).toBe(true);
  });

  test("without switch, latency or counting points are absent, not zero", () => {
    const chain = { ...madeUpChain({ sent: 10, received: 4 }), points: [], latency: undefined };
    const trial = makeTrial(madeUpMeasurement({ pmds: [], chains: [chain] }));
    expect(trial).not.toHaveProperty("switchCyclesPerPacket");
    expect(trial).not.toHaveProperty("latencyNs");
    expect(trial.chains[0]?.ledger).toMatchObject({ dropped: 0, unexplained: 6, balanced: false });
  });

  test("of a trial in which nothing was sent are a total loss, never NaN", () => {
    const empty = madeUpChain({ sent: 0, durationNs: 0, latency: { ...histogramAround(0), count: 0, buckets: [] } });
    const trial = makeTrial(madeUpMeasurement({ chains: [empty], pmds: [] }));
    expect(trial).toMatchObject({ throughputPps: 0, lossRatio: 1 });
    expect(codesOf(trial)).toEqual(["nothing-sent"]);
  });
});

describe("a trial's flags", () => {
  test("name the step where packets disappeared", () => {
    const chain = madeUpChain({ received: 3_998_766 });
    expect(makeTrial(madeUpMeasurement({ chains: [chain] })).flags).toEqual([
      {
        code: "unexplained-loss",
        message:
          "Chain main: 1,234 packets went missing between switch port sink-p0 and port of sink, and no counter knows of them.",
      },
    ]);
  });

  test("name the step where packets came from nowhere", () => {
    const chain = madeUpChain({ received: 4_000_001 });
    expect(makeTrial(madeUpMeasurement({ chains: [chain] })).flags[0]?.message).toBe(
      "Chain main: 1 packets came from nowhere between switch port sink-p0 and port of sink.",
    );
  });

  test("see the hypervisor, and preemption only where a thread should be alone", () => {
    const [pmd, ...others] = madeUpMeasurement().threads;
    const preempted = { ...(pmd as NonNullable<typeof pmd>), runQueueWaitNs: 164_000_000 };
    const trial = makeTrial(
      madeUpMeasurement({
        cpus: [{ cpu: 0, stealTicks: 7, busyTicks: 193, totalTicks: 200, interrupts: [] }],
        threads: [preempted, ...others],
      }),
    );
    expect(trial.flags.map((flag) => flag.message)).toEqual([
      "The hypervisor took 3.50 % of CPU 0.",
      "Thread pmd-c00/id:8 of switch waited 8.20 % of the time for CPU 0, which should be its own.",
    ]);
  });

  test("do not blame a thread for waiting where the affinity map shares the CPU, with whomever", () => {
    const [pmd] = madeUpMeasurement().threads;
    const threads = [{ ...(pmd as NonNullable<typeof pmd>), runQueueWaitNs: 164_000_000 }];
    expect(codesOf(makeTrial(madeUpMeasurement({ threads })))).toContain("disturbed");
    expect(codesOf(makeTrial(madeUpMeasurement({ threads, sharedCpus: [{ cpu: 0 }] })))).toEqual([]);
  });

  test("say when the generator was the limit", () => {
    const at = (generatorCeilingPps: number) => codesOf(makeTrial(madeUpMeasurement({ generatorCeilingPps })));
    expect(at(2_100_000)).toEqual(["generator-bound"]);
    expect(at(2_200_000)).toEqual([]);
  });

  test("of a trial that was cut short say that and what the caller adds, nothing else", () => {
    const chain = madeUpChain({ received: 1 });
    const note = { code: "note", message: "Something." } as const;
    const trial = makeTrial(madeUpMeasurement({ incomplete: "Interrupted.", chains: [chain], flags: [note] }));
    expect(trial.complete).toBe(false);
    expect(trial.flags).toEqual([{ code: "incomplete", message: "Interrupted." }, note]);
  });
});
