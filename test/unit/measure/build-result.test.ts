import { describe, expect, test } from "vitest";
import { makeTrial } from "../../../src/measure/make-trial.ts";
import { madeUpChain, madeUpMeasurement, madeUpResult, madeUpTrials } from "./made-up.ts";

const FACTORS = [1, 0.97, 1.04, 0.99, 1.02];

describe("a result", () => {
  test("sorts trials to their arms and compares with the first", () => {
    const bridge = madeUpTrials("docker-bridge", 260_000, FACTORS);
    const switched = madeUpTrials("vhost-user", 4_000_000, FACTORS);
    const trials = bridge.flatMap((trial, index) =>
      index % 2 === 0 ? [trial, switched[index]] : [switched[index], trial],
    );
    const result = madeUpResult(
      ["docker-bridge", "vhost-user"],
      trials.flatMap((trial) => trial ?? []),
    );
    expect(result.order.slice(0, 4)).toEqual(["docker-bridge", "vhost-user", "vhost-user", "docker-bridge"]);
    const [first, second] = result.arms;
    expect(first).not.toHaveProperty("comparison");
    expect(first).toMatchObject({
      datapath: "docker-bridge",
      throughputPps: { median: 130_000, n: 5 },
      cpus: { count: 2, shared: false },
    });
    expect(second).toMatchObject({
      datapath: "vhost-user",
      name: "vhost-user",
      frameBytes: 64,
      throughputInterval: { confidence: 0.9375 },
      throughputPps: { median: 2_000_000 },
      comparison: { pairs: 5, verdict: "better", reason: "difference" },
      cpus: { shared: true },
    });
    expect(second?.comparison?.ratioOfMedians).toBeCloseTo(15.38, 2);
    expect(second?.comparison?.interval?.low).toBeLessThanOrEqual(second?.comparison?.ratio ?? 0);
    expect(second?.comparison?.interval?.high).toBeGreaterThanOrEqual(second?.comparison?.ratio ?? 0);
    expect(second?.trials.map((trial) => trial.index)).toEqual([1, 2, 5, 6, 9]);
  });

  test("keeps trials that were cut short, outside the medians", () => {
    const cut = makeTrial(madeUpMeasurement({ incomplete: "Interrupted.", chains: [madeUpChain({ received: 7 })] }));
    const [arm] = madeUpResult(["vhost-user"], [...madeUpTrials("vhost-user", 4_000_000, [1]), cut]).arms;
    expect(arm).toMatchObject({
      throughputPps: { median: 2_000_000, n: 1 },
      lossRatio: { max: 0 },
      packets: { offered: 4_000_000 },
    });
    expect(arm?.trials).toHaveLength(2);
    expect(arm?.flags[0]).toEqual({ code: "incomplete", message: "1 of 2 trials: Interrupted." });
  });

  test("with too few trials has a ratio but no verdict", () => {
    const trials = [
      ...madeUpTrials("docker-bridge", 260_000, [1, 1, 1, 1]),
      ...madeUpTrials("vhost-user", 4_000_000, FACTORS),
    ];
    const arm = madeUpResult(["docker-bridge", "vhost-user"], trials).arms[1];
    expect(arm?.comparison).toMatchObject({ verdict: "unknown", reason: "too-few-trials" });
    expect(arm?.comparison?.ratioOfMedians).toBeCloseTo(15.38, 2);
    expect(arm?.comparison).not.toHaveProperty("interval");
  });

  test("has no ratio to an arm without a complete trial", () => {
    const arm = madeUpResult(["docker-bridge", "vhost-user"], madeUpTrials("vhost-user", 4_000_000, [1])).arms[1];
    expect(arm?.comparison).not.toHaveProperty("ratioOfMedians");
    expect(arm?.comparison).toMatchObject({ verdict: "unknown" });
  });

  test("adds up where packets went over trials: offered = received + drops + unexplained", () => {
    const leaky = makeTrial(madeUpMeasurement({ chains: [madeUpChain({ sent: 1000, full: 10, received: 985 })] }));
    const { packets } =
      madeUpResult(["vhost-user"], [leaky, leaky, ...madeUpTrials("vhost-user", 500, [1], 3)]).arms[0] ?? {};
    expect(packets).toEqual({
      offered: 2503,
      received: 2470,
      droppedByReason: [
        {
          reason: "ring of sink full",
          at: "switch port sink-p0",
          counter: "OVS sink-p0 ovs_tx_failure_drops",
          packets: 23,
        },
      ],
      unexplained: [{ after: "switch port sink-p0", before: "port of sink", packets: 10 }],
    });
  });

  test("says each kind of flag once, with the number of trials", () => {
    const leaky = makeTrial(madeUpMeasurement({ chains: [madeUpChain({ sent: 1000, received: 985 })] }));
    const [arm] = madeUpResult(["vhost-user"], [leaky, leaky, ...madeUpTrials("vhost-user", 500, [1])]).arms;
    expect(arm?.flags.map((flag) => flag.code)).toEqual(["unexplained-loss", "shared-core", "folded", "note"]);
    expect(arm?.flags[0]?.message).toMatch(/^2 of 3 trials, for example: Chain main: 15 packets went missing/);
  });

  test("keeps every note, and every flag of an only trial", () => {
    const note = (message: string) => ({ code: "note", message }) as const;
    const cpus = [0, 1].map((cpu) => ({ cpu, stealTicks: 50, busyTicks: 50, totalTicks: 100, interrupts: [] }));
    const trial = makeTrial(madeUpMeasurement({ cpus, flags: [note("One."), note("Two.")] }));
    const other = makeTrial(madeUpMeasurement({ flags: [note("Two.")] }));
    const messages = (trials: (typeof trial)[]) =>
      madeUpResult(["vhost-user"], trials).arms[0]?.flags.map((flag) => flag.message);
    expect(messages([trial])?.slice(0, 2)).toEqual([
      "The hypervisor took 50.0 % of CPU 0.",
      "The hypervisor took 50.0 % of CPU 1.",
    ]);
    expect(messages([trial, other])).toEqual(
      expect.arrayContaining(["1 of 2 trials: The hypervisor took 50.0 % of CPU 0.", "1 of 2 trials: One.", "Two."]),
    );
  });
});
