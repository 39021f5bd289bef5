import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Resource } from "../../../src/lab/resource.ts";
import { specDigest } from "../../../src/lab/resource.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { makeDestroyPlan } from "../../../src/plan/destroy-plan.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import type { Operation } from "../../../src/plan/plan.ts";
import { labOf } from "../lab/make-lab.ts";
import { ModelWorld } from "./model-world.ts";

/*
 * Whatever a world looks like after crashes, hands of others and edits of the file: a plan for it can be carried out in any order that `after` allows, and
 * ends at exactly what the topology says.
 */

/** Kinds of hops that one NF can have on both its sides. */
const hops = fc.array(fc.constantFrom("vhost-user", "docker-bridge", "macvlan"), { minLength: 1, maxLength: 3 });
const chain = fc.oneof(hops, fc.array(fc.constantFrom("vhost-user", "host"), { minLength: 1, maxLength: 3 }));
const settings = fc.record({
  memory: fc.constantFrom(16, 32),
  txRetries: fc.constantFrom(0, 8),
  sleep: fc.constantFrom(0, 100),
  switchCpu: fc.constantFrom(30, 31),
});

/** The resources of a lab of one or two chains; different ones of the same name are what an edit of the file does. */
const lab = fc.tuple(fc.array(chain, { minLength: 1, maxLength: 2 }), settings).map(([chains, set]) => {
  const paths = chains.map((own, c) => Array.from({ length: own.length + 1 }, (_, i) => `nf${c}${i}`));
  const app = (path: readonly string[], i: number) => (i === 0 ? "pktgen" : i === path.length - 1 ? "stats" : "l2fwd");
  const text = [
    "name: lab",
    "cores:",
    `  ${set.switchCpu}: switch`,
    ...paths.flat().map((nf, i) => `  ${i + 1}: ${nf}`),
    "nfs:",
    ...paths.flatMap((path) => path.map((nf, i) => `  ${nf}: { app: ${app(path, i)}, memory: ${set.memory}MiB }`)),
    "chains:",
    ...chains.map((own, c) => `  c${c}: { path: [${paths[c]?.join(", ")}], hops: [${own.join(", ")}] }`),
    `switch: { txRetries: ${set.txRetries}, pmdMaxSleep: ${set.sleep}us }`,
  ].join("\n");
  return labResources(labOf(text));
});

type Damage = "keep" | "lose" | "old" | "paused" | "exited";
const damage = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Damage>("keep") },
    { weight: 3, arbitrary: fc.constantFrom<Damage>("lose", "old", "paused", "exited") },
  ),
  { minLength: 40, maxLength: 40 },
);
const order = fc.array(fc.nat({ max: 1000 }), { minLength: 80, maxLength: 80 });

/** What is left of a lab after somebody has been at it. */
function damaged(resources: readonly Resource[], damages: readonly Damage[]): ModelWorld {
  const world = ModelWorld.of(resources);
  for (const [i, { id, kind }] of resources.entries()) {
    const container = kind === "nf" || kind === "switch";
    const what = damages[i];
    if (what === "lose") world.lose(id);
    // A directory has no label that could be old.
    if (what === "old" && kind !== "directory") world.spoil(id, { digest: "0123456789abcdef" });
    if (what === "paused" && container) world.spoil(id, { problem: { text: "is paused", repairable: true } });
    if (what === "exited" && container) world.spoil(id, { problem: { text: "does not run", repairable: false } });
  }
  return world;
}

/** Runs operations one by one, each time any of those that may run now; says what could never. */
function runAll(operations: readonly Operation[], world: ModelWorld, choices: readonly number[]): readonly string[] {
  const done = new Set<string>();
  let waiting = [...operations];
  for (let turn = 0; waiting.length > 0; turn += 1) {
    const ready = waiting.filter((operation) => operation.after.every((key) => done.has(key)));
    const next = ready[(choices[turn % choices.length] ?? 0) % Math.max(1, ready.length)];
    if (next === undefined) break;
    world.run(next);
    done.add(next.key);
    waiting = waiting.filter((operation) => operation !== next);
  }
  return waiting.map((operation) => operation.key);
}

function stateOf(resources: readonly Resource[]): Readonly<Record<string, string>> {
  return Object.fromEntries(resources.map((resource) => [resource.id, specDigest(resource.spec)]));
}

const RUNS = { numRuns: 400 };

describe("a plan", () => {
  test("ends at exactly what should be, in any order that it allows", () => {
    fc.assert(
      fc.property(lab, lab, damage, order, (before, desired, damages, choices) => {
        const world = damaged(before, damages);
        const plan = makePlan("lab", desired, world.observe());
        expect(runAll(plan.operations, world, choices)).toEqual([]);
        expect(world.state()).toEqual(stateOf(desired));
        expect(world.broken()).toEqual([]);
      }),
      RUNS,
    );
  });

  test("made a second time has nothing to do", () => {
    fc.assert(
      fc.property(lab, lab, damage, order, (before, desired, damages, choices) => {
        const world = damaged(before, damages);
        runAll(makePlan("lab", desired, world.observe()).operations, world, choices);
        const again = makePlan("lab", desired, world.observe());
        expect(again.operations.map((operation) => operation.key)).toEqual([]);
        expect(again.steps.filter((step) => step.action !== "keep")).toEqual([]);
      }),
      RUNS,
    );
  });

  test("carries on where one was cut short, wherever that was", () => {
    fc.assert(
      fc.property(lab, lab, order, fc.nat({ max: 40 }), (before, desired, choices, cut) => {
        const world = ModelWorld.of(before);
        const first = makePlan("lab", desired, world.observe());
        const order = inSomeOrder(first.operations, choices);
        for (const operation of order.slice(0, cut)) world.run(operation);
        expect(runAll(makePlan("lab", desired, world.observe()).operations, world, choices)).toEqual([]);
        expect(world.state()).toEqual(stateOf(desired));
        expect(world.broken()).toEqual([]);
      }),
      RUNS,
    );
  });

  test("names no operation that is not in it, none twice, and none that waits for itself", () => {
    fc.assert(
      fc.property(lab, lab, damage, (before, desired, damages) => {
        for (const plan of [
          makePlan("lab", desired, damaged(before, damages).observe()),
          makeDestroyPlan("lab", damaged(before, damages).observe()),
        ]) {
          const keys = plan.operations.map((operation) => operation.key);
          expect(new Set(keys).size).toBe(keys.length);
          const known = new Set(keys);
          const strangers = plan.operations.flatMap(({ after }) => after.filter((key) => !known.has(key)));
          expect(strangers).toEqual([]);
          expect(inSomeOrder(plan.operations, [0])).toHaveLength(keys.length);
          // Whoever reads the steps sees every operation coming.
          const steps = new Map(plan.steps.map((step) => [step.id, step.action]));
          for (const operation of plan.operations) {
            const id = operation.verb === "delete" ? operation.observed.id : operation.resource.id;
            const action = steps.get(id);
            expect(action === operation.verb || (action === "replace" && operation.verb !== "update")).toBe(true);
          }
        }
      }),
      RUNS,
    );
  });
});

test("destroying leaves nothing, whatever there was", () => {
  fc.assert(
    fc.property(lab, damage, order, (before, damages, choices) => {
      const world = damaged(before, damages);
      expect(runAll(makeDestroyPlan("lab", world.observe()).operations, world, choices)).toEqual([]);
      expect(world.state()).toEqual({});
      expect(makeDestroyPlan("lab", world.observe()).operations).toEqual([]);
    }),
    RUNS,
  );
});

/** The operations in an order that is allowed; those that can never run are left out. */
function inSomeOrder(operations: readonly Operation[], choices: readonly number[]): readonly Operation[] {
  const done = new Set<string>();
  const sorted: Operation[] = [];
  for (let turn = 0; ; turn += 1) {
    const ready = operations.filter(({ key, after }) => !done.has(key) && after.every((other) => done.has(other)));
    const next = ready[(choices[turn % choices.length] ?? 0) % Math.max(1, ready.length)];
    if (next === undefined) return sorted;
    done.add(next.key);
    sorted.push(next);
  }
}
