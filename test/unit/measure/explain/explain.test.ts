import { describe, expect, test } from "vitest";
import { explain } from "../../../../src/measure/explain/explain.ts";
import { makeTrial } from "../../../../src/measure/make-trial.ts";
import type { ChainMeasurement, TrialMeasurement } from "../../../../src/measure/measurement.ts";
import { madeUpChain, madeUpLab, madeUpMeasurement } from "../made-up.ts";

const GEN = { nf: "gen", cpu: 1, busyCycles: 50, idleCycles: 50, yields: 0, ringSizes: [1024] };
const SINK = { nf: "sink", cpu: 2, busyCycles: 30, idleCycles: 70, yields: 0, ringSizes: [1024] };
const OWN_CPUS = {
  owners: [
    { cpu: 0, owners: ["switch"] },
    { cpu: 1, owners: ["gen"] },
    { cpu: 2, owners: ["sink"] },
  ],
  housekeeping: 3,
  housekeepingShared: false,
  folded: false,
};
const HOP = {
  chain: "main",
  index: 0,
  from: { nf: "gen", port: 0 },
  to: { nf: "sink", port: 0 },
  mtuBytes: 1500,
  subnet: "198.18.0.0/28",
  memif: undefined,
  networks: undefined,
  veth: undefined,
};
const lab = (datapath: "vhost-user" | "docker-bridge" | "memif" = "vhost-user") =>
  madeUpLab(datapath, { cpus: OWN_CPUS, hops: [{ ...HOP, datapath }] });
const pmd = (busyCycles: number, upcalls = 0) => [
  {
    cpu: 0,
    busyCycles,
    idleCycles: 1000 - busyCycles,
    packets: 4_000_000,
    simpleMatchHits: 4_000_000,
    emcHits: 0,
    smcHits: 0,
    megaflowHits: 0,
    upcalls,
    lostUpcalls: 0,
  },
];
/** The drop of a full ring of the sink, as the places on the way name it. */
const ringFull = (full: number): Partial<ChainMeasurement> => {
  const sent = 4_000_000;
  const drop = { reason: "the ring of sink was full", counter: "OpenFlow port 2 tx_dropped", packets: full };
  return {
    sent,
    received: sent - full,
    points: [
      { at: "gen port 0 tx", counter: "gen", packets: sent, drops: [] },
      { at: "switch port sink-p0 tx", counter: "OpenFlow port 2 tx_packets", packets: sent - full, drops: [drop] },
    ],
  };
};
const trials = (parts: Partial<TrialMeasurement>, chain: Partial<ChainMeasurement> = {}) => [
  makeTrial(madeUpMeasurement({ nfs: [GEN, SINK], pmds: pmd(400), chains: [madeUpChain(chain)], ...parts })),
];

describe("what limited the throughput", () => {
  test.each<[string, ReturnType<typeof explain>]>([
    ["pmd-saturated", explain(lab(), trials({ pmds: pmd(990) }))],
    ["upcalls", explain(lab(), trials({ pmds: pmd(990, 40_000) }))],
    ["receiver-bound", explain(lab(), trials({ pmds: pmd(990) }, ringFull(2_000_000)))],
    ["receiver-bound", explain(lab(), trials({}, ringFull(40_000)))],
    [
      "ring-overflow-shared-core",
      explain(
        { ...lab(), cpus: { ...OWN_CPUS, owners: [{ cpu: 1, owners: ["gen", "sink"] }] } },
        trials({}, ringFull(40_000)),
      ),
    ],
    [
      "shared-core",
      explain({ ...lab(), cpus: { ...OWN_CPUS, owners: [{ cpu: 1, owners: ["gen", "sink"] }] } }, trials({})),
    ],
    ["kernel", explain(lab("docker-bridge"), trials({ pmds: [] }))],
    ["generator-bound", explain(lab(), trials({ generatorCeilingPps: 2_000_000 }))],
    ["generator-short", explain(lab(), trials({ ratePps: 4_000_000 }, { offered: 8_000_000, sent: 4_000_000 }))],
    ["as-asked", explain(lab(), trials({ ratePps: 2_000_000 }, { offered: 4_000_000, sent: 4_000_000 }))],
    [
      "disturbed",
      explain(lab(), trials({ cpus: [{ cpu: 0, stealTicks: 50, busyTicks: 150, totalTicks: 200, interrupts: [] }] })),
    ],
    [
      "receiver-bound",
      explain(lab("memif"), trials({ pmds: [], nfs: [GEN, { ...SINK, busyCycles: 99, idleCycles: 1 }] })),
    ],
    [
      "generator-bound",
      explain(lab("memif"), trials({ pmds: [], nfs: [{ ...GEN, busyCycles: 99, idleCycles: 1 }, SINK] })),
    ],
    ["unknown", explain(lab("memif"), trials({ pmds: [] }))],
    ["unknown", explain(lab(), trials({}))],
  ])("%s", (code, explanation) => {
    expect(explanation.limit.code, explanation.limit.sentence).toBe(code);
    expect(explanation.limit.tryThis).not.toBe("");
  });

  test("the figures behind it are told", () => {
    const { figures, limit } = explain(lab(), trials({ pmds: pmd(990) }));
    expect(limit.where).toBe("switch on CPU 0");
    expect(figures).toContain("poll-mode thread on CPU 0: 99.0 % busy, 0 cycles for each packet");
    expect(figures).toContain("NF sink on CPU 2: 30.0 % of its turns had packets");
  });

  test("of several hosts the CPU of each is told by itself, with its host", () => {
    const pmds = (["a", "b"] as const).flatMap((host) =>
      pmd(host === "a" ? 200 : 990).map((one) => ({ ...one, host })),
    );
    const owners = [
      { host: "a", cpu: 1, owners: ["gen"] },
      { host: "b", cpu: 1, owners: ["sink"] },
    ];
    const spread = { ...lab(), cpus: { ...OWN_CPUS, owners } };
    const { figures, limit } = explain(spread, trials({ pmds, nfs: [GEN, { ...SINK, cpu: 1 }] }));
    expect(limit.where).toBe("switch on CPU 0 of host b");
    expect(figures).toContain("poll-mode thread on CPU 0 of host a: 20.0 % busy, 0 cycles for each packet");
    expect(figures).toContain("NF sink on CPU 1 of host b: 30.0 % of its turns had packets");
  });

  test("trials that are in no figure are in no explanation either, unless there are no others", () => {
    const [good] = trials({ ratePps: 2_000_000 });
    const [slow] = trials({ ratePps: 2_000_000 }, { offered: 4_000_000, sent: 1_000_000, received: 1_000_000 });
    if (good === undefined || slow === undefined) throw new Error("there is one of each");
    expect(explain(lab(), [slow, slow, good]).limit.code).toBe(explain(lab(), [good]).limit.code);
    expect(explain(lab(), [slow]).limit.code).toBe("generator-short");
  });

  test("without a trial there is nothing to explain", () => {
    expect(explain(lab(), []).limit.code).toBe("unknown");
  });
});
