import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lab } from "../../../src/lab/lab.ts";
import { makeTrial } from "../../../src/measure/make-trial.ts";
import { trialSchema } from "../../../src/measure/trial.ts";
import { countingPoints } from "../../../src/run/counting-points.ts";
import { droppedShare } from "../../../src/simulate/drop-rules.ts";
import { simulateTrial } from "../../../src/simulate/simulate-trial.ts";
import type { DropRule } from "../../../src/topology/topology.ts";
import { samplesOf } from "../run/made-up-samples.ts";
import { anyLab, anySeed, PLAIN, requestOf, simulatedLab, trialOf } from "./labs.ts";

const anyRequest = fc
  .record({
    ratePps: fc.option(fc.integer({ min: 1, max: 20_000_000 }), { nil: undefined }),
    durationMs: fc.integer({ min: 10, max: 3_000 }),
    packets: fc.option(fc.integer({ min: 1, max: 5_000_000 }), { nil: undefined }),
  })
  // A million packets at one a second take days: counters of cycles then leave what a double holds exactly.
  .map((request) =>
    request.packets === undefined || request.ratePps === undefined
      ? request
      : { ...request, ratePps: Math.max(1_000, request.ratePps) },
  );
const anyDroppingLab = fc.record({ parts: anyLab, dropEvery: fc.constantFrom(0, 1, 7) });

describe("every packet of a simulated trial", () => {
  test("is accounted for, on any lab and under any load", () => {
    fc.assert(
      fc.property(anyDroppingLab, anyRequest, anySeed, ({ parts, dropEvery }, request, seed) => {
        const trial = trialOf(simulatedLab({ ...parts, dropEvery }), request, seed);
        for (const { ledger, offered, sent, received } of trial.chains) {
          expect(ledger.points.filter(({ unexplained }) => unexplained !== 0)).toEqual([]);
          expect(ledger.dropped).toBe(offered - received);
          expect(offered).toBeGreaterThanOrEqual(sent);
          expect(ledger.points.at(-1)?.packets).toBe(received);
        }
      }),
      { numRuns: 100 },
    );
  });

  test("is in a trial that fits the schema of results, with its latency", () => {
    fc.assert(
      fc.property(anyLab, anyRequest, anySeed, (parts, request, seed) => {
        const trial = trialOf(simulatedLab(parts), request, seed);
        expect(trialSchema.safeParse(trial).error?.issues ?? []).toEqual([]);
        for (const { latencyHistogram, latencyNs, received } of trial.chains) {
          const counted = latencyHistogram?.buckets.reduce((sum, [, packets]) => sum + packets, 0);
          expect([latencyHistogram?.count, counted]).toEqual([received, received]);
          if (latencyNs === undefined) continue;
          const { min, p50, p99, max, mean } = latencyNs;
          expect([min, p50, p99, max]).toEqual([min, p50, p99, max].toSorted((a, b) => a - b));
          expect(mean).toBeGreaterThanOrEqual(min);
          expect(mean).toBeLessThanOrEqual(max);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("the places and counters", () => {
  const named = ({ at, counter, drops }: ReturnType<typeof countingPoints>[number]) => ({
    at,
    // A real bridge's veth pairs have names of their own.
    counter: counter.replace(/^veth-(.*)-\d /, "veth of $1 "),
    drops: drops.map((drop) => [drop.reason, drop.counter.replace(/^veth-(.*)-\d /, "veth of $1 ")]),
  });

  test("have the names of a real lab's, in the same order, on any lab", () => {
    fc.assert(
      fc.property(anyLab, anySeed, (parts, seed) => {
        const lab = simulatedLab({ ...parts, direction: "one" });
        const { chains } = simulateTrial(lab, requestOf(), () => (seed % 97) / 97);
        for (const { chain, points } of chains) {
          const { before, after } = samplesOf(lab, chain, { sent: 1 });
          expect(points.map(named)).toEqual(countingPoints(lab, chain, "forward", before, after).map(named));
        }
      }),
      { numRuns: 60 },
    );
  });

  test("of traffic both ways are there for each way", () => {
    const trial = trialOf(simulatedLab({ nfs: 3, direction: "both" }));
    expect(
      trial.chains.map(({ direction, ledger }) => [direction, ledger.points[0]?.at, ledger.points.at(-1)?.at]),
    ).toEqual([
      [undefined, "gen-0 port 0 tx", "sink-0 counted"],
      ["reverse", "sink-0 port 0 tx", "gen-0 counted"],
    ]);
  });

  test("leave out an NF that tells nothing, and what it drops is told behind it", () => {
    const lab = simulatedLab({ nfs: 3, work: 5_000 });
    const silent: Lab = {
      ...lab,
      nfs: lab.nfs.map((nf) => (nf.app === "l2fwd" ? { ...nf, app: "testpmd", controlSocket: undefined } : nf)),
    };
    const [chain] = trialOf(silent).chains;
    expect(chain?.ledger.points.map(({ at }) => at).filter((at) => at.startsWith("fwd"))).toEqual([]);
    expect(chain?.ledger.balanced).toBe(true);
  });
});

describe("latency", () => {
  const p50 = (share: number, parts = {}) => {
    const lab = simulatedLab({ nfs: 3, work: 1_000, ...parts });
    const most = trialOf(lab).throughputPps;
    return trialOf(lab, { ratePps: Math.round(most * share) }).latencyNs?.p50 ?? 0;
  };

  test("grows with the load, and when a ring is full it is that of the ring", () => {
    const shares = [0.01, 0.3, 0.6, 0.9];
    const medians = shares.map((share) => p50(share));
    expect(medians).toEqual(medians.toSorted((a, b) => a - b));
    const full = trialOf(simulatedLab({ nfs: 3, work: 5_000 }));
    expect(full.latencyNs?.p50).toBeGreaterThan((1024 * 1e9) / full.throughputPps);
  });

  test("is larger over the kernel, and where CPUs are shared", () => {
    expect(p50(0.1, { hops: ["docker-bridge"] })).toBeGreaterThan(2 * p50(0.1));
    const p99 = (cpus: number) => trialOf(simulatedLab({ nfs: 4, cpus }), { ratePps: 300_000 }).latencyNs?.p99 ?? 0;
    expect(p99(1)).toBeGreaterThan(2 * p99(4));
  });
});

describe("what the machine did", () => {
  test("no thread has more cycles than its CPU, and the switch's packets are those of its passes", () => {
    fc.assert(
      fc.property(anyLab, anyRequest, anySeed, (parts, request, seed) => {
        const lab = simulatedLab(parts);
        const trial = trialOf(lab, request, seed);
        const seconds = Math.max(...trial.chains.map(({ durationNs }) => durationNs)) / 1e9;
        for (const { busyCycles } of [...trial.pmds, ...trial.hygiene.nfs]) {
          expect(busyCycles).toBeLessThanOrEqual(2.5e9 * seconds * 1.001 + 1);
        }
        expect(trial.hygiene.switchPorts.map(({ polledBy }) => polledBy)).toEqual(
          (lab.switch?.ports ?? []).map(({ queueCpus }) => queueCpus),
        );
        expect(trial.hygiene.nfs.map(({ nf }) => nf)).toEqual(lab.nfs.map(({ name }) => name));
        const passes = trial.chains.flatMap(({ ledger }) =>
          ledger.points.filter(({ at }) => /^switch port .* rx$/.test(at)),
        );
        const packets = trial.pmds.reduce((sum, pmd) => sum + pmd.packets, 0);
        expect(packets).toBe(passes.reduce((sum, point) => sum + point.packets, 0));
        const dropped = trial.chains.flatMap(({ ledger }) =>
          ledger.droppedByReason.filter(({ at }) => /^switch/.test(at)),
        );
        expect(trial.hygiene.switchPorts.reduce((sum, port) => sum + port.txDropped, 0)).toBe(
          dropped.reduce((sum, drop) => sum + drop.packets, 0),
        );
      }),
      { numRuns: 60 },
    );
  });

  test("a switch that is what limits is busy all the time", () => {
    const [pmd] = trialOf(simulatedLab({ nfs: 3 })).pmds;
    expect(pmd?.busyRatio).toBeGreaterThan(0.99);
    expect(trialOf(simulatedLab({ nfs: 3 }), { ratePps: 100_000 }).pmds[0]?.busyRatio).toBeLessThan(0.2);
  });

  test("threads wait for their CPU only where they share it", () => {
    const waits = (cpus: number) =>
      trialOf(simulatedLab({ cpus })).hygiene.threads.map(({ runQueueWaitNs }) => runQueueWaitNs > 0);
    expect(waits(2)).toEqual([false, false, false]);
    expect(waits(1)).toEqual([false, true, true]);
  });

  test("a machine that was disturbed tells steal, on any of its CPUs", () => {
    const lab = simulatedLab();
    const disturbed = makeTrial(simulateTrial(lab, requestOf(), () => 0.001));
    expect(disturbed.hygiene.cpus.every(({ stealRatio }) => stealRatio > 0.1)).toBe(true);
    expect(disturbed.flags.map(({ code }) => code)).toContain("disturbed");
  });
});

describe("drop rules", () => {
  const traffic = simulatedLab({ ...PLAIN, flows: 100 }).traffic;
  const share = (rules: readonly DropRule[], flows = {}) =>
    droppedShare(rules, { ...traffic, flows: { ...traffic.flows, ...flows } });

  test("strike the flows that they name, by their share of the packets", () => {
    expect(share([])).toBe(0);
    expect(share([{ every: 4 }])).toBeCloseTo(0.25);
    expect(share([{ every: 1, sourcePort: 1024 }])).toBeCloseTo(0.01);
    expect(share([{ every: 1, sourcePort: 80 }])).toBe(0);
    expect(share([{ every: 1, destinationPort: 9 }])).toBe(1);
    expect(share([{ every: 1, transport: "tcp" }])).toBe(0);
    expect(share([{ every: 1, sourcePort: 1024 }], { choice: "zipf", skew: 1 })).toBeCloseTo(1 / 5.187, 3);
  });
});
