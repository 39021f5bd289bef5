import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Lab } from "../../../src/lab/lab.ts";
import type { BridgeSpec, FlowsSpec } from "../../../src/lab/resource.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { type LivePlan, makeLivePlan, type Stage } from "../../../src/plan/live-plan.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import type { Operation } from "../../../src/plan/plan.ts";
import { labOf } from "../lab/make-lab.ts";
import { observedFrom, withItem, without } from "./observed.ts";

const MIDDLE = ["a", "b", "c", "d"];
const PAGES = 1000;

/** A generator, forwarders in this order and a counter, all on CPU 1. */
function labWith(middle: readonly string[], parts: { readonly top?: string; readonly first?: string } = {}): Lab {
  return labOf(
    [
      "name: lab",
      `cores: { 8: switch, 1: [gen, ${MIDDLE.join(", ")}, sink] }`,
      `nfs: { gen: { app: pktgen${parts.first ?? ""} }, sink: { app: stats }, ${MIDDLE.map((nf) => `${nf}: { app: l2fwd }`).join(", ")} }`,
      `chains: { main: [${["gen", ...middle, "sink"].join(", ")}] }`,
      parts.top ?? "",
    ].join("\n"),
  );
}

function planned(before: Lab, after: Lab): LivePlan {
  const made = makeLivePlan(after, labResources(after), observedFrom(labResources(before)), PAGES);
  if (!made.ok) throw new Error(made.obstacles.join("\n"));
  return made.live;
}

/** The bridge's ports and rules, which operations change one after the other. */
class Switch {
  ports: BridgeSpec["ports"];
  flows: FlowsSpec["flows"];
  nfs: ReadonlySet<string>;

  constructor(lab: Lab) {
    const specs = labResources(lab);
    this.ports = specs.flatMap((item) => (item.kind === "bridge" ? item.spec.ports : []));
    this.flows = specs.flatMap((item) => (item.kind === "flows" ? item.spec.flows : []));
    this.nfs = new Set(lab.nfs.map(({ name }) => name));
  }

  run(operation: Operation): void {
    const nf = (id: string) => id.slice("nf:".length);
    if (operation.verb === "delete") {
      if (operation.observed.kind === "nf")
        this.nfs = new Set([...this.nfs].filter((name) => name !== nf(operation.observed.id)));
      return;
    }
    const { resource } = operation;
    if (resource.kind === "nf") this.nfs = new Set([...this.nfs, nf(resource.id)]);
    if (resource.kind === "bridge") this.ports = resource.spec.ports;
    if (resource.kind === "flows") this.flows = resource.spec.flows;
  }

  /** The NFs that a packet of the generator passes now; throws where it would be lost. */
  way(): readonly string[] {
    const passed = ["gen"];
    for (let port = "gen-p0"; ; ) {
      const from = this.ports.find(({ name }) => name === port)?.ofport;
      const output = this.flows.find(({ inPort }) => inPort === from)?.output;
      const to = this.ports.find(({ ofport }) => ofport === output)?.name;
      if (from === undefined || to === undefined) throw new Error(`a packet is lost behind ${port}`);
      const nf = to.slice(0, -"-p0".length);
      if (!this.nfs.has(nf)) throw new Error(`a packet is lost, since there is no ${nf}`);
      if (passed.includes(nf)) throw new Error(`a packet goes round through ${nf}`);
      passed.push(nf);
      if (nf === "sink") return passed;
      port = `${nf}-p1`;
    }
  }
}

/** One allowed order of a stage, drawn by lot. */
function inOrder({ operations }: Stage, choices: readonly number[]): readonly Operation[] {
  const done: Operation[] = [];
  for (let turn = 0; done.length < operations.length; turn += 1) {
    const keys = new Set(done.map(({ key }) => key));
    const ready = operations.filter((one) => !keys.has(one.key) && one.after.every((key) => keys.has(key)));
    const next = ready[(choices[turn % choices.length] ?? 0) % Math.max(1, ready.length)];
    if (next === undefined) throw new Error("an operation waits for one that is not of its stage");
    done.push(next);
  }
  return done;
}

const path = fc.subarray(MIDDLE);

describe("a live plan", () => {
  test("keeps every packet's way whole: the old one until the rules change, the new one from then on", () => {
    fc.assert(
      fc.property(path, path, fc.array(fc.nat({ max: 99 }), { minLength: 9 }), (from, to, choices) => {
        const [before, after] = [labWith(from), labWith(to)];
        const live = planned(before, after);
        const ovs = new Switch(before);
        const oldWay = ["gen", ...from, "sink"];
        const newWay = ["gen", ...to, "sink"];
        for (const operation of inOrder(live.bringUp, choices)) {
          ovs.run(operation);
          expect(ovs.way()).toEqual(oldWay);
        }
        for (const operation of inOrder(live.switchOver, choices)) ovs.run(operation);
        expect(ovs.way()).toEqual(newWay);
        for (const operation of inOrder(live.takeAway, choices)) {
          ovs.run(operation);
          expect(ovs.way()).toEqual(newWay);
        }
        const wanted = new Switch(after);
        expect([ovs.ports, ovs.flows, [...ovs.nfs].toSorted()]).toEqual([
          wanted.ports,
          wanted.flows,
          [...wanted.nfs].toSorted(),
        ]);
      }),
    );
  });

  test("lets out what is still in an NF that goes: its rules stay through the switch-over", () => {
    const [before, after] = [labWith(["a"]), labWith([])];
    const live = planned(before, after);
    const ovs = new Switch(before);
    for (const operation of [...live.bringUp.operations, ...live.switchOver.operations]) ovs.run(operation);
    const numbers = new Map(ovs.ports.map(({ name, ofport }) => [name, ofport]));
    expect(live.leavingPorts.toSorted()).toEqual([numbers.get("a-p0"), numbers.get("a-p1")].toSorted());
    expect(ovs.flows).toContainEqual({ inPort: numbers.get("a-p1"), output: numbers.get("sink-p0") });
  });

  test("does what an ordinary one does, and interrupts nothing", () => {
    const [before, after] = [labWith(["a", "b"]), labWith(["b", "c"])];
    const observed = observedFrom(labResources(before));
    const steps = makePlan("lab", labResources(after), observed).steps.map(({ action, id }) => `${action} ${id}`);
    const live = planned(before, after);
    expect(live.plan.steps.map(({ action, id }) => `${action} ${id}`)).toEqual(steps);
    expect(live.plan.steps.flatMap(({ interrupts }) => interrupts)).toEqual([]);
    expect(steps.filter((step) => !step.startsWith("keep"))).toEqual([
      "create directory:c",
      "create nf:c",
      "update bridge:br0",
      "update flows:br0",
      "delete directory:a",
      "delete nf:a",
    ]);
  });

  test("of what is as it should be has nothing to do", () => {
    const live = planned(labWith(["a"]), labWith(["a"]));
    expect([live.bringUp, live.switchOver, live.takeAway].flatMap(({ operations }) => operations)).toEqual([]);
  });
});

describe("there is no live plan", () => {
  const obstacles = (after: Lab, observed: ReturnType<typeof observedFrom>, pages = PAGES): readonly string[] => {
    const made = makeLivePlan(after, labResources(after), observed, pages);
    return made.ok ? [] : made.obstacles;
  };
  const up = observedFrom(labResources(labWith(["a"])));

  test("of a lab that is not up", () => {
    expect(obstacles(labWith([]), [])).toEqual(["lab lab is not up"]);
  });

  test("where the generator itself changes", () => {
    expect(obstacles(labWith(["a"], { first: ", memory: 128MiB" }), up)).toEqual([
      "nf:gen would be restarted: differs from the topology and cannot be changed where it is (hugePages, command)",
    ]);
  });

  test("where the counter is not there, or takes another name", () => {
    expect(obstacles(labWith(["a"]), without(up, "nf:sink"))).toEqual(["nf:sink at the end of chain main is new"]);
    const renamed = up.map((item) => (item.id === "nf:sink" ? { ...item, id: "nf:old" } : item));
    expect(obstacles(labWith(["a"]), renamed)).toEqual([
      "nf:sink at the end of chain main is new",
      "nf:old at one end of chain main would go",
    ]);
  });

  test("to another datapath, or over memif, where neighbours are attached to each other", () => {
    expect(obstacles(labWith(["a"], { top: "datapath: docker-bridge" }), up)).toContain(
      "switch:switch would be deleted: the topology no longer has it",
    );
    const memif = { top: "datapath: memif" };
    const over = obstacles(labWith(["a", "b"], memif), observedFrom(labResources(labWith(["a"], memif))));
    expect(over.some((text) => text.startsWith("nf:sink would be restarted: "))).toBe(true);
  });

  test("while something of the lab does not work", () => {
    const paused = withItem(up, "nf:a", { problem: { text: "is paused", repairable: true } });
    expect(obstacles(labWith(["a"]), paused)).toEqual(["nf:a must be put right first: is paused"]);
  });

  test("where huge pages do not suffice for what comes beside what goes", () => {
    const [text] = obstacles(labWith(["b"]), up, 3);
    expect(text).toMatch(/^what is new takes \d+ huge pages, 3 are free, and what goes gives its own back only after/);
  });
});
