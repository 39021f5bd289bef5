import { describe, expect, test } from "vitest";
import { labResources } from "../../../src/lab/resources.ts";
import { makeDestroyPlan } from "../../../src/plan/destroy-plan.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import type { Plan } from "../../../src/plan/plan.ts";
import { applyPlan } from "../../../src/provision/apply.ts";
import { ApplyFailedError } from "../../../src/provision/converge.ts";
import type { World } from "../../../src/provision/driver.ts";
import type { driverOf } from "../../../src/provision/drivers.ts";
import type { ApplyEvent } from "../../../src/provision/event.ts";
import { hostWith } from "../lab/hosts.ts";
import { chainText, example, labOf } from "../lab/make-lab.ts";
import { observedFrom, withItem } from "../plan/observed.ts";

const RESOURCES = labResources(labOf(example("chain-l2fwd.yaml"), hostWith(8)));
const FROM_NOTHING = makePlan("lab", RESOURCES, []);

type Act = (key: string) => Promise<void> | void;

/** Applies a plan with drivers that do nothing but `act`. */
async function apply(plan: Plan, act: Act = () => {}, signal = new AbortController().signal) {
  const events: ApplyEvent[] = [];
  const driver = {
    create: async (_world: unknown, resource: { readonly id: string }) => act(`create ${resource.id}`),
    update: async (_world: unknown, resource: { readonly id: string }) => act(`update ${resource.id}`),
    delete: async (_world: unknown, observed: { readonly id: string }) => act(`delete ${observed.id}`),
  };
  const driverFor = (() => driver) as unknown as typeof driverOf;
  const outcome = await applyPlan(plan, { signal } as World, (event) => events.push(event), driverFor);
  return { outcome, events };
}

function keys(operations: readonly { readonly key: string }[]): readonly string[] {
  return operations.map((operation) => operation.key);
}

function skipped(outcome: Awaited<ReturnType<typeof applyPlan>>): Readonly<Record<string, string>> {
  return Object.fromEntries(outcome.skipped.map(({ operation, because }) => [operation.key, because]));
}

/** What is started and not finished, with a way to finish or fail it. */
class Gate {
  readonly #open = new Map<string, { readonly resolve: () => void; readonly reject: (error: Error) => void }>();
  readonly act: Act = (key) => new Promise((resolve, reject) => this.#open.set(key, { resolve, reject }));
  running(): readonly string[] {
    return [...this.#open.keys()];
  }
  async finish(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      this.#open.get(name)?.resolve();
      this.#open.delete(name);
    }
    await new Promise(setImmediate);
  }
  async fail(name: string, error: Error): Promise<void> {
    this.#open.get(name)?.reject(error);
    this.#open.delete(name);
    await new Promise(setImmediate);
  }
}

describe("a plan without trouble", () => {
  test("is carried out whole, each operation after those that it waits for", async () => {
    const order: string[] = [];
    const { outcome } = await apply(FROM_NOTHING, (key) => void order.push(key));
    expect(order.toSorted()).toEqual(keys(FROM_NOTHING.operations).toSorted());
    for (const operation of FROM_NOTHING.operations) {
      for (const before of operation.after) expect(order.indexOf(before)).toBeLessThan(order.indexOf(operation.key));
    }
    expect([outcome.failed, outcome.skipped]).toEqual([[], []]);
    expect(keys(outcome.done).toSorted()).toEqual(order.toSorted());
  });

  test("says what starts and what is done, and how long it took", async () => {
    const { events } = await apply(FROM_NOTHING);
    const told = new Map<string, string[]>();
    for (const event of events) {
      if (event.type === "sending-image") throw new Error("no image was to be sent");
      told.set(event.operation.key, [...(told.get(event.operation.key) ?? []), event.type]);
    }
    expect([...told.values()].every((types) => types.join() === "operation-started,operation-done")).toBe(true);
    const durations = events.flatMap((event) => (event.type === "operation-done" ? [event.durationMs] : []));
    expect(durations.every((ms) => ms >= 0 && ms < 1_000)).toBe(true);
  });

  test("does at the same time whatever may be done at the same time", async () => {
    const gate = new Gate();
    const applied = apply(FROM_NOTHING, gate.act);
    expect(gate.running()).toEqual(["create directory:(lab)"]);
    await gate.finish("create directory:(lab)");
    expect(gate.running()).toEqual(["gen", "fwd", "sink", "switch"].map((name) => `create directory:${name}`));
    // One that is ready waits for nobody else of its kind.
    await gate.finish("create directory:fwd");
    expect(gate.running()).toContain("create nf:fwd");
    expect(gate.running()).not.toContain("create nf:gen");
    await gate.finish("create directory:gen", "create directory:sink", "create directory:switch");
    expect(gate.running()).toEqual(["create nf:fwd", "create nf:gen", "create nf:sink", "create switch:switch"]);
    await gate.finish(...gate.running());
    expect(gate.running()).toEqual(["create switch-config:switch"]);
    await gate.finish("create switch-config:switch");
    await gate.finish("create bridge:br0");
    await gate.finish("create flows:br0");
    expect((await applied).outcome.done).toHaveLength(RESOURCES.length);
  });

  test("without operations is done at once", async () => {
    const { outcome, events } = await apply(makePlan("lab", RESOURCES, observedFrom(RESOURCES)));
    expect(outcome).toEqual({ done: [], failed: [], skipped: [] });
    expect(events).toEqual([]);
  });

  test("calls update where it updates, and delete before create where it replaces", async () => {
    let observed = withItem(observedFrom(RESOURCES), "nf:fwd", { digest: "old" });
    observed = withItem(observed, "switch-config:switch", { digest: "old" });
    const order: string[] = [];
    await apply(makePlan("lab", RESOURCES, observed), (key) => void order.push(key));
    expect(order).toEqual(["delete nf:fwd", "update switch-config:switch", "create nf:fwd"]);
  });
});

describe("a failure", () => {
  const broken = new Error("no such image");
  const failing: Act = (key) => {
    if (key === "create nf:fwd") throw broken;
  };

  test("is reported once, and what depends on it is skipped with its cause", async () => {
    const { outcome, events } = await apply(FROM_NOTHING, failing);
    expect(outcome.failed).toEqual([{ operation: expect.objectContaining({ key: "create nf:fwd" }), error: broken }]);
    expect(skipped(outcome)["create bridge:br0"]).toBe("create nf:fwd failed");
    expect(skipped(outcome)["create flows:br0"]).toBe("create nf:fwd failed");
    expect(events.filter((event) => event.type === "operation-failed")).toHaveLength(1);
  });

  test("lets nothing new start, and what is under way end", async () => {
    const gate = new Gate();
    const applied = apply(FROM_NOTHING, gate.act);
    await gate.finish("create directory:(lab)");
    await gate.finish("create directory:gen");
    await gate.fail("create directory:fwd", broken);
    const underWay = gate.running();
    expect(underWay).toEqual(["create directory:sink", "create directory:switch", "create nf:gen"]);
    await gate.finish(...underWay);
    expect(gate.running()).toEqual([]);
    const { outcome } = await applied;
    expect(keys(outcome.done)).toEqual(["create directory:(lab)", "create directory:gen", ...underWay]);
    expect(keys(outcome.skipped.map((item) => item.operation))).toContain("create nf:sink");
  });

  test("of two names each of those that it skipped after the one that it needed", async () => {
    const gate = new Gate();
    const applied = apply(FROM_NOTHING, gate.act);
    await gate.finish("create directory:(lab)");
    await gate.fail("create directory:gen", broken);
    await gate.fail("create directory:sink", broken);
    await gate.finish(...gate.running());
    const { outcome } = await applied;
    expect(keys(outcome.failed.map((item) => item.operation))).toEqual([
      "create directory:gen",
      "create directory:sink",
    ]);
    expect(skipped(outcome)).toMatchObject({
      "create nf:gen": "create directory:gen failed",
      "create nf:sink": "create directory:sink failed",
    });
  });

  test("accounts for every operation exactly once", async () => {
    for (const { key } of FROM_NOTHING.operations) {
      const { outcome } = await apply(FROM_NOTHING, (one) => {
        if (one === key) throw broken;
      });
      const all = [
        ...outcome.done,
        ...outcome.failed.map((f) => f.operation),
        ...outcome.skipped.map((s) => s.operation),
      ];
      expect(keys(all).toSorted()).toEqual(keys(FROM_NOTHING.operations).toSorted());
      expect(keys(outcome.failed.map((item) => item.operation))).toEqual([key]);
    }
  });

  test("makes an error that names root causes and nothing that followed from them", async () => {
    const { outcome } = await apply(FROM_NOTHING, failing);
    expect(new ApplyFailedError("lab", outcome).message).toBe("create nf:fwd: no such image");
  });
});

describe("an interruption", () => {
  test("starts nothing new, and says so of all that was left", async () => {
    const abort = new AbortController();
    const gate = new Gate();
    const applied = apply(FROM_NOTHING, gate.act, abort.signal);
    await gate.finish("create directory:(lab)");
    abort.abort();
    await gate.finish(...gate.running());
    const { outcome } = await applied;
    expect(outcome.done).toHaveLength(5);
    expect(new Set(Object.values(skipped(outcome)))).toEqual(new Set(["interrupted"]));
    expect(outcome.skipped).toHaveLength(RESOURCES.length - 5);
    expect(new ApplyFailedError("lab", outcome).message).toBe("lab lab: interrupted before everything was done");
  });

  test("before the start starts nothing", async () => {
    const { outcome } = await apply(FROM_NOTHING, undefined, AbortSignal.abort());
    expect(outcome.done).toEqual([]);
    expect(outcome.skipped).toHaveLength(RESOURCES.length);
  });
});

test("1000 NFs come up, and go away again", async () => {
  const lab = labOf(chainText(1000, { cpus: 63 }), hostWith(64), { datapath: "docker-bridge" });
  const resources = labResources(lab);
  const up = await apply(makePlan(lab.name, resources, []));
  expect(up.outcome.done).toHaveLength(resources.length);
  const down = await apply(makeDestroyPlan(lab.name, observedFrom(resources)));
  expect(down.outcome.done).toHaveLength(1000 + 999 + 1);
  expect(down.outcome.done.at(-1)?.key).toBe("delete directory:(lab)");
});
