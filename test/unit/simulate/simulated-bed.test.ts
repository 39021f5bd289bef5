import { describe, expect, test } from "vitest";
import { explain } from "../../../src/measure/explain/explain.ts";
import { methodOf } from "../../../src/measure/method-of.ts";
import { orderOfRound } from "../../../src/measure/order-of-round.ts";
import { measureArms } from "../../../src/run/measure-arms.ts";
import { simulatedApply, simulatedPlan } from "../../../src/simulate/simulated-apply.ts";
import { SimulatedBed } from "../../../src/simulate/simulated-bed.ts";
import { simulatedTrials } from "../../../src/simulate/simulated-trials.ts";
import { MEASURE_METHODS, type MeasureMethod } from "../../../src/topology/topology.ts";
import { example, parse } from "../lab/make-lab.ts";
import { type LabParts, simulatedLab } from "./labs.ts";

function armOf(name: string, parts: Partial<LabParts>, method: MeasureMethod = "max", more = {}, ratePps?: number) {
  const plain = simulatedLab(parts);
  const lab = { ...plain, traffic: { ...plain.traffic, ratePps } };
  const { measure } = parse(example("pktgen-stats.yaml")).topology;
  const context = { traffic: lab.traffic, datapath: lab.datapath, trials: 3, expect: [] };
  return { name, settings: [], lab, method: methodOf({ ...measure, ...more, method }, context) };
}

const bedOf = (seed: number) => new SimulatedBed({ seed, onOpen: async () => {} });
const options = (names: readonly string[], signal = new AbortController().signal) => ({
  orderOfRound: orderOfRound(names, "abba", 1),
  signal,
});

describe("a simulated bed", () => {
  test("opens each lab once, before its first trial", async () => {
    const opened: string[] = [];
    const bed = new SimulatedBed({ seed: 1, onOpen: async ({ datapath }) => void opened.push(datapath) });
    const arms = [armOf("a", {}), armOf("b", { hops: ["host"] })].map((arm) => ({
      ...arm,
      lab: { ...arm.lab, name: arm.name },
    }));
    await measureArms(bed, arms, options(["a", "b"]), () => {});
    expect(opened).toHaveLength(2);
  });

  test.each(MEASURE_METHODS)("comes to an outcome by method %s", async (method) => {
    const arm = armOf("arm", { nfs: 3, work: 1_000 }, method, { preset: "quick", repeats: 3, maxRatePps: 3_000_000 });
    const { outcomes, trials } = await measureArms(bedOf(3), [arm], options(["arm"]), () => {});
    expect(outcomes.get("arm")?.kind).toBe(arm.method.kind);
    expect(trials.length).toBeGreaterThan(0);
  });

  test("has a throughput without loss that a search finds, below that with some loss", async () => {
    const arm = armOf("arm", { nfs: 3, work: 1_000 }, "ndr-pdr", { preset: "csit" });
    const { outcomes } = await measureArms(bedOf(3), [arm], options(["arm"]), () => {});
    const outcome = outcomes.get("arm");
    const goals = outcome?.kind === "search" ? outcome.goals : [];
    const [ndr, pdr] = goals.map(({ lowerPps }) => lowerPps ?? 0);
    // The forwarder's CPU has 2.5e9 cycles a second, and each packet takes 1720 of them.
    expect(ndr).toBeGreaterThan(1.2e6);
    expect(pdr).toBeLessThan(1.7e6);
    expect(ndr).toBeLessThanOrEqual(pdr ?? 0);
  });

  test("gives the same trials for the same seed, others for another", async () => {
    const arms = [armOf("a", {}), armOf("b", { hops: ["docker-bridge"] })];
    const rates = async (seed: number) => (await simulatedTrials(arms, seed)).map(({ throughputPps }) => throughputPps);
    expect(await rates(7)).toEqual(await rates(7));
    expect(await rates(8)).not.toEqual(await rates(7));
  });

  test("cuts a trial short when it is interrupted, while others may do something", async () => {
    const abort = new AbortController();
    setImmediate(() => abort.abort());
    const arm = armOf("arm", {});
    const { trials, outcomes } = await measureArms(bedOf(1), [arm], options(["arm"], abort.signal), () => {});
    expect(trials.at(-1)).toMatchObject({ complete: false, flags: [{ code: "incomplete" }] });
    expect(outcomes.size).toBe(0);
  });

  test.each<{
    readonly what: string;
    readonly parts: Partial<LabParts>;
    readonly ratePps?: number;
    readonly code: string;
  }>([
    { what: "a long chain over one switch", parts: { nfs: 5 }, code: "pmd-saturated" },
    { what: "the kernel", parts: { hops: ["docker-bridge"] }, code: "kernel" },
    { what: "a forwarder with much to do", parts: { nfs: 3, work: 5_000 }, ratePps: 1_000_000, code: "receiver-bound" },
    { what: "forwarders on shared CPUs", parts: { nfs: 4, work: 5_000, cpus: 2 }, code: "ring-overflow-shared-core" },
  ])("is limited by $what, and its trials say so", async ({ parts, ratePps, code }) => {
    const arm = armOf("arm", parts, "rate", {}, ratePps);
    expect(explain(arm.lab, await simulatedTrials([arm], 5)).limit.code).toBe(code);
  });
});

describe("a simulated apply", () => {
  test("does all of the plan's operations, each after those that it needs", async () => {
    const plan = simulatedPlan(simulatedLab({ nfs: 4, hops: ["vhost-user", "docker-bridge", "macvlan"] }));
    const started: string[] = [];
    const done = new Set<string>();
    await simulatedApply(plan, new AbortController().signal, (event) => {
      if (event.type === "operation-started") {
        started.push(event.operation.key);
        expect(event.operation.after.filter((key) => !done.has(key))).toEqual([]);
      }
      if (event.type === "operation-done") done.add(event.operation.key);
    });
    expect(started.toSorted()).toEqual(plan.operations.map(({ key }) => key).toSorted());
  });
});
