import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { simulatedCeilingPps } from "../../../src/simulate/simulate-trial.ts";
import type { Datapath } from "../../../src/topology/topology.ts";
import { anyLab, anySeed, type LabParts, PLAIN, simulatedLab, trialOf } from "./labs.ts";

/** Throughput at rate max with the luck of one seed: what is compared must differ in the lab alone. */
function throughput(parts: Partial<LabParts>, seed = 1): number {
  return trialOf(simulatedLab(parts), {}, seed).throughputPps;
}

/** A chain of one direction: with two, a slower one leaves time to the other. */
const oneChain = anyLab.map((parts): LabParts => ({ ...parts, chains: 1, direction: "one" }));
/** Uneven arrival costs one part in some thousands, which is drawn by lot. */
const NEARLY = 1.001;
/** An overloaded forwarder that takes turns with the generator loses a little less when less comes at once. */
const OVERLOADED = 1.01;

describe("a modelled lab", () => {
  test("delivers no more than its generators can send", () => {
    fc.assert(
      fc.property(anyLab, anySeed, (parts, seed) => {
        const lab = simulatedLab(parts);
        const ceiling = simulatedCeilingPps(lab) ?? Number.POSITIVE_INFINITY;
        // The ceiling has no luck, good or bad; trials have, of 2 % as standard deviation.
        for (const { throughputPps } of trialOf(lab, {}, seed).chains)
          expect(throughputPps).toBeLessThan(ceiling * 1.12 + 1);
      }),
      { numRuns: 100 },
    );
  });

  test("is never faster with more work for each packet", () => {
    fc.assert(
      fc.property(oneChain, fc.integer({ min: 1, max: 100_000 }), anySeed, (parts, more, seed) => {
        const chain = { ...parts, nfs: Math.max(3, parts.nfs) };
        expect(throughput({ ...chain, work: chain.work + more }, seed)).toBeLessThanOrEqual(
          throughput(chain, seed) * NEARLY,
        );
      }),
      { numRuns: 60 },
    );
  });

  test("is never faster with larger frames, or more flows", () => {
    fc.assert(
      fc.property(oneChain, anySeed, (parts, seed) => {
        const least = throughput({ ...parts, frame: 64, flows: 1 }, seed) * OVERLOADED;
        expect(throughput({ ...parts, flows: 1, frame: 1518 }, seed)).toBeLessThanOrEqual(least);
        expect(throughput({ ...parts, frame: 64, flows: 1_000_000 }, seed)).toBeLessThanOrEqual(least);
      }),
      { numRuns: 40 },
    );
  });

  test("is never faster with a longer chain over one switch", () => {
    fc.assert(
      fc.property(oneChain, anySeed, (parts, seed) => {
        const chain: LabParts = { ...parts, hops: ["vhost-user"], cpus: 12 };
        const longer = throughput({ ...chain, nfs: chain.nfs + 1 }, seed);
        expect(longer).toBeLessThanOrEqual(throughput(chain, seed) * NEARLY);
      }),
      { numRuns: 60 },
    );
    expect(throughput({ nfs: 3 })).toBeLessThan(0.6 * throughput({ nfs: 2 }));
  });

  test("is slower on a shared CPU than on CPUs of its own", () => {
    expect(throughput({ cpus: 1 })).toBeLessThan(0.8 * throughput({ cpus: 2 }));
    expect(throughput({ nfs: 4, work: 2000, cpus: 2 })).toBeLessThan(0.9 * throughput({ nfs: 4, work: 2000 }));
  });

  test("is fastest over vhost-user, and slowest over macvlan", () => {
    const of = (datapath: Datapath) => throughput({ hops: [datapath] });
    expect(of("vhost-user")).toBeGreaterThan(5 * of("host"));
    expect(of("host")).toBeGreaterThan(of("docker-bridge"));
    expect(of("docker-bridge")).toBeGreaterThan(of("macvlan"));
  });

  test.each<readonly [string, Partial<LabParts>, number, number]>([
    ["two NFs that share a CPU, over OVS", { cpus: 1 }, 2.2e6, 2.8e6],
    ["a docker bridge", { hops: ["docker-bridge"] }, 0.1e6, 0.17e6],
    ["macvlan", { hops: ["macvlan"] }, 0.07e6, 0.13e6],
  ])("does what was measured on a 2.5 GHz machine: %s", (_what, parts, from, to) => {
    const trial = trialOf(simulatedLab(parts));
    expect(trial.throughputPps).toBeGreaterThan(from);
    expect(trial.throughputPps).toBeLessThan(to);
    expect(trial.lossRatio).toBeLessThan(0.001);
  });

  test("with two chains over one switch carries no more than with one", () => {
    expect(throughput({ chains: 2, nfs: 3 })).toBeLessThanOrEqual(throughput({ chains: 1, nfs: 3 }) * NEARLY);
  });

  test("stays below the 6 Mpps that one poll-mode thread can do at 64 bytes", () => {
    for (let seed = 0; seed < 50; seed++) expect(throughput({}, seed)).toBeLessThan(6.2e6);
    expect(throughput({})).toBeGreaterThan(3e6);
  });
});

describe("loss", () => {
  test("is none far below what the lab can do, and all that was asked is sent", () => {
    fc.assert(
      fc.property(anyLab, anySeed, (parts, seed) => {
        const lab = simulatedLab(parts);
        const trial = trialOf(lab, { ratePps: Math.floor(leastChainPps(parts, seed) / 3) }, seed);
        expect(trial.lossRatio).toBe(0);
        expect(trial.usable).toBe(true);
      }),
      { numRuns: 80 },
    );
  });

  test("is what is over the capacity of a slow NF, before its ring", () => {
    const trial = trialOf(simulatedLab({ nfs: 3, work: 5_000 }));
    expect(trial.lossRatio).toBeGreaterThan(0.5);
    expect(trial.chains[0]?.ledger.droppedByReason[0]).toMatchObject({
      reason: "the ring of fwd1-0 was full",
      at: "switch port fwd1-0-p0 tx",
    });
  });

  test("over the kernel is told by the packet socket", () => {
    const trial = trialOf(simulatedLab({ nfs: 3, work: 500_000, hops: ["docker-bridge"] }));
    expect(trial.chains[0]?.ledger.droppedByReason[0]).toMatchObject({
      reason: "the packet socket's ring was full",
      at: "fwd1-0 port 0 rx",
    });
  });

  test("of a forwarder that drops every tenth packet is a tenth, on purpose", () => {
    const trial = trialOf(simulatedLab({ nfs: 3, dropEvery: 10 }), { ratePps: 100_000 });
    expect(trial.lossRatio).toBeCloseTo(0.1, 4);
    expect(trial.chains[0]?.ledger.droppedByReason).toMatchObject([{ reason: "a rule of the forwarder said so" }]);
  });

  test("beside a switch that never sleeps comes from rings too small for its time slice", () => {
    const beside = (queueSize: number, sleep: string) => {
      const text = { queueSize };
      const lab = simulatedLab({ ...text, cpus: 2 });
      // The receiver on the switch's CPU.
      const nfs = lab.nfs.map((nf) => (nf.app === "stats" ? { ...nf, workerCpu: 0, sharesCpu: true } : nf));
      const owner = lab.switch && { ...lab.switch, settings: { ...lab.switch.settings, pmdMaxSleepUs: Number(sleep) } };
      return trialOf({ ...lab, nfs, switch: owner }, { ratePps: 500_000 }).lossRatio;
    };
    expect(beside(256, "0")).toBeGreaterThan(0.2);
    expect(beside(4096, "0")).toBe(0);
    expect(beside(256, "100")).toBe(0);
  });
});

describe("packets back to back", () => {
  const slow = simulatedLab({ nfs: 3, work: 5_000 });
  const burst = (packets: number, lab = slow) => trialOf(lab, { packets });

  test("are not lost as long as the rings hold them", () => {
    expect(burst(1_000)).toMatchObject({ lossRatio: 0, chains: [{ sent: 1_000, received: 1_000 }] });
  });

  test("are lost when there are more", () => {
    expect(burst(100_000).lossRatio).toBeGreaterThan(0.3);
  });

  test("may be more the larger the ring", () => {
    const longest = (queueSize: number) => {
      const lab = simulatedLab({ nfs: 3, work: 5_000, queueSize });
      let packets = 1;
      while (burst(packets * 2, lab).lossRatio === 0) packets *= 2;
      return packets;
    };
    expect(longest(4096)).toBeGreaterThan(longest(256));
  });

  test("take as long as they take", () => {
    const [short, long] = [burst(1_000), burst(10_000)].map((trial) => trial.chains[0]?.durationNs ?? 0);
    expect((long ?? 0) / (short ?? 1)).toBeCloseTo(10, 3);
  });
});

describe("luck", () => {
  test("is the same for the same seed, and another for another", () => {
    fc.assert(
      fc.property(anyLab, anySeed, (parts, seed) => {
        const lab = simulatedLab(parts);
        expect(trialOf(lab, {}, seed)).toEqual(trialOf(lab, {}, seed));
        expect(trialOf(lab, {}, seed + 1)).not.toEqual(trialOf(lab, {}, seed));
      }),
      { numRuns: 20 },
    );
  });

  test("is a few per cent, and now and then a disturbed trial says so", () => {
    const lab = simulatedLab();
    const trials = Array.from({ length: 300 }, (_, seed) => trialOf(lab, {}, seed));
    const disturbed = trials.filter(({ flags }) => flags.some(({ code }) => code === "disturbed"));
    expect(disturbed.length).toBeGreaterThan(0);
    expect(disturbed.length).toBeLessThan(18);
    const quiet = trials
      .filter((trial) => !disturbed.includes(trial))
      .map(({ throughputPps }) => Math.log(throughputPps));
    const mean = quiet.reduce((sum, value) => sum + value, 0) / quiet.length;
    const deviation = Math.sqrt(quiet.reduce((sum, value) => sum + (value - mean) ** 2, 0) / quiet.length);
    expect(deviation).toBeGreaterThan(0.01);
    expect(deviation).toBeLessThan(0.05);
    for (const { throughputPps } of disturbed) expect(Math.log(throughputPps)).toBeLessThan(mean - deviation);
  });
});

/** What the slowest chain delivers at most when all are asked for as much as possible, without what its rules drop. */
function leastChainPps(parts: LabParts, seed: number): number {
  const one = { ...PLAIN, ...parts };
  return Math.min(...trialOf(simulatedLab(one), {}, seed).chains.map(({ throughputPps }) => throughputPps));
}
