import { describe, expect, test } from "vitest";
import type { Resource } from "../../../src/lab/resource.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { makeDestroyPlan } from "../../../src/plan/destroy-plan.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import { hasChanges, isDisruptive, type Observed, type Plan } from "../../../src/plan/plan.ts";
import { CARRIERS, type Datapath } from "../../../src/topology/topology.ts";
import { hostWith } from "../lab/hosts.ts";
import { chainText, example, labOf } from "../lab/make-lab.ts";
import { observedFrom, withItem, without } from "./observed.ts";

const CHAIN = example("chain-l2fwd.yaml");
const TWO_CHAINS = example("two-chains.yaml");

function resources(text: string, datapath?: Datapath): readonly Resource[] {
  return labResources(labOf(text, hostWith(16), datapath === undefined ? {} : { datapath }));
}

function plan(desired: readonly Resource[], observed: readonly Observed[]): Plan {
  return makePlan("lab", desired, observed);
}

/** The steps that are not `keep`, as `action id`. */
function changes(made: Plan): readonly string[] {
  return made.steps.filter((step) => step.action !== "keep").map((step) => `${step.action} ${step.id}`);
}

function step(made: Plan, id: string) {
  const found = made.steps.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`no step for ${id}`);
  return found;
}

function keys(made: Plan): readonly string[] {
  return made.operations.map((operation) => operation.key);
}

describe.each(CARRIERS)("a lab on %s", (datapath) => {
  const desired = resources(CHAIN, datapath);

  test("of which nothing is there yet is made, all of it and nothing else", () => {
    const made = plan(desired, []);
    expect(made.steps.map((one) => [one.action, one.id])).toEqual(desired.map((resource) => ["create", resource.id]));
    expect(keys(made)).toEqual(desired.map((resource) => `create ${resource.id}`));
    expect(step(made, "nf:fwd").reason).toBe("does not exist");
    expect([hasChanges(made), isDisruptive(made)]).toEqual([true, false]);
  });

  test("that is as it should be is left alone", () => {
    const made = plan(desired, observedFrom(desired));
    expect(changes(made)).toEqual([]);
    expect(made.operations).toEqual([]);
    expect(new Set(made.steps.map((one) => one.reason))).toEqual(new Set(["as it should be"]));
    expect([hasChanges(made), isDisruptive(made)]).toEqual([false, false]);
  });

  test("is taken away whole, in an order in which nothing is in use any more", () => {
    const made = makeDestroyPlan("lab", observedFrom(desired));
    expect(made.steps.every((one) => one.action === "delete")).toBe(true);
    const order = ["nf", "switch", "network", "veth", "directory"];
    for (const operation of made.operations) {
      if (operation.verb !== "delete") throw new Error("destroy only deletes");
      const { kind } = operation.observed;
      const before = operation.after.map((key) => key.split(/[ :]/)[1] ?? "");
      const expected = made.operations
        .map((other) => other.key.split(/[ :]/)[1] ?? "")
        .filter((other) => order.indexOf(other) < order.indexOf(kind === "switch" ? "nf" : kind));
      expect(before.toSorted()).toEqual(expected.toSorted());
    }
    // What sits in something else goes with it.
    expect(keys(made).filter((key) => /directory|bridge|flows|config/.test(key))).toEqual(["delete directory:(lab)"]);
  });
});

describe("a change that can be made in place", () => {
  test("of the PMD threads' CPUs is made to the configuration, and the switch's container is renewed", () => {
    const desired = resources(TWO_CHAINS);
    const before = observedFrom(desired);
    const spec = before.find((item) => item.id === "switch-config:switch")?.spec as { otherConfig: object };
    const other = { ...spec, otherConfig: { ...spec.otherConfig, "pmd-cpu-mask": "0x1" } };
    const made = plan(desired, withItem(before, "switch-config:switch", { digest: "old", spec: other as never }));
    expect(changes(made)).toEqual(["update switch-config:switch"]);
    expect(step(made, "switch-config:switch")).toMatchObject({
      changes: [{ path: "otherConfig.pmd-cpu-mask", before: "0x1", after: "0x3" }],
      interrupts: [],
    });
    expect(keys(made)).toEqual(["update switch-config:switch"]);
    expect(isDisruptive(made)).toBe(false);
  });

  test("of a setting in the file changes the configuration alone", () => {
    const sleepy = resources(`${CHAIN}\nswitch: { pmdMaxSleep: 100us }\n`);
    const made = plan(sleepy, observedFrom(resources(CHAIN)));
    expect(changes(made)).toEqual(["update switch-config:switch"]);
    expect(step(made, "switch-config:switch").changes).toEqual([
      { path: "otherConfig.pmd-maxsleep", before: "0", after: "100" },
    ]);
  });

  test("of the transmit retries updates the bridge, and says which chains stop", () => {
    const made = plan(resources(`${TWO_CHAINS}\nswitch: { txRetries: 0 }\n`), observedFrom(resources(TWO_CHAINS)));
    expect(changes(made)).toEqual(["update bridge:br0"]);
    const { changes: differences, interrupts, reason } = step(made, "bridge:br0");
    expect(differences).toHaveLength(6);
    expect(differences).toContainEqual({ path: "ports.gen-a-p0.options.tx-retries-max", before: "8", after: "0" });
    expect(interrupts).toEqual(["short", "long"]);
    expect(reason).toBe("differs from the topology");
  });

  test("of flows that somebody took out puts them back without stopping anything", () => {
    const desired = resources(CHAIN);
    const spec = desired.find((item) => item.kind === "flows")?.spec;
    const none = { ...spec, flows: [] };
    const made = plan(desired, withItem(observedFrom(desired), "flows:br0", { digest: "x", spec: none as never }));
    expect(changes(made)).toEqual(["update flows:br0"]);
    expect(step(made, "flows:br0").interrupts).toEqual([]);
    expect(step(made, "flows:br0").changes).toEqual(
      spec?.flows.map((flow) => ({ path: `flows.${flow.inPort}`, before: undefined, after: JSON.stringify(flow) })),
    );
  });
});

describe("a change that cannot", () => {
  test("of an NF's memory makes that NF anew, and keeps its ports and its neighbours", () => {
    const made = plan(
      resources(CHAIN.replace("{ app: l2fwd }", "{ app: l2fwd, memory: 128MiB }")),
      observedFrom(resources(CHAIN)),
    );
    expect(changes(made)).toEqual(["replace nf:fwd"]);
    expect(keys(made)).toEqual(["delete nf:fwd", "create nf:fwd"]);
    expect(step(made, "nf:fwd")).toMatchObject({
      reason: "differs from the topology and cannot be changed where it is",
      interrupts: ["main"],
    });
    expect(step(made, "nf:fwd").changes.map((change) => change.path)).toEqual(["hugePages", "command"]);
  });

  test("in one of two chains leaves the other one running", () => {
    const made = plan(
      resources(TWO_CHAINS.replace("fwd-b:  { app: l2fwd }", "fwd-b:  { app: l2fwd, memory: 32MiB }")),
      observedFrom(resources(TWO_CHAINS)),
    );
    expect(made.steps.flatMap((one) => one.interrupts)).toEqual(["long"]);
  });

  test("of a network takes the NFs on it along, and says why", () => {
    const desired = resources(CHAIN, "docker-bridge");
    const made = plan(desired, withItem(observedFrom(desired), "network:main-0", { digest: "other" }));
    expect(changes(made)).toEqual(["replace network:main-0", "replace nf:gen", "replace nf:fwd"]);
    expect(step(made, "nf:gen").reason).toBe("is attached to network:main-0, which is made anew");
    const create = made.operations.find((operation) => operation.key === "create network:main-0");
    expect(create?.after).toEqual(expect.arrayContaining(["delete nf:gen", "delete nf:fwd", "delete network:main-0"]));
  });

  test("of a veth pair takes network and NFs along", () => {
    const desired = resources(CHAIN, "macvlan");
    const broken = withItem(observedFrom(desired), "veth:main-1", {
      problem: { text: "cb1b is not up", repairable: false },
    });
    const made = plan(desired, broken);
    expect(changes(made)).toEqual([
      "replace veth:main-1",
      "replace network:main-1",
      "replace nf:fwd",
      "replace nf:sink",
    ]);
    expect(step(made, "veth:main-1").reason).toBe("cb1b is not up");
  });

  test("of the switch brings all that sits in it anew, and leaves the NFs", () => {
    const desired = resources(CHAIN);
    const made = plan(desired, withItem(observedFrom(desired), "switch:switch", { digest: "other" }));
    expect(changes(made)).toEqual([
      "replace switch:switch",
      "create switch-config:switch",
      "create bridge:br0",
      "create flows:br0",
    ]);
    expect(step(made, "bridge:br0").reason).toBe("comes with switch:switch");
    expect(step(made, "flows:br0").reason).toBe("comes with bridge:br0");
    expect(keys(made)).toEqual([
      "delete switch:switch",
      "create switch:switch",
      "create switch-config:switch",
      "create bridge:br0",
      "create flows:br0",
    ]);
    expect(step(made, "switch:switch").interrupts).toEqual(["main"]);
  });

  test("of the lab's directory, lost to somebody's rm -rf, makes the containers anew that still hold the old one", () => {
    const desired = resources(CHAIN);
    const made = plan(desired, without(observedFrom(desired), "directory:(lab)"));
    expect(changes(made)).toEqual([
      "create directory:(lab)",
      "create directory:gen",
      "create directory:fwd",
      "create directory:sink",
      "create directory:switch",
      "replace switch:switch",
      "create switch-config:switch",
      "replace nf:gen",
      "replace nf:fwd",
      "replace nf:sink",
      "create bridge:br0",
      "create flows:br0",
    ]);
    expect(step(made, "nf:gen").reason).toBe("is attached to directory:gen, which is made anew");
  });
});

describe("a changed topology", () => {
  // With CPU 0 free, control threads stay there whatever becomes of the rest.
  const roomy = CHAIN.replace("0: switch", "8: switch");

  test("without the NF in the middle removes it and rewires the rest", () => {
    const shorter = roomy
      .replace("  2: fwd\n", "")
      .replace(/ {2}fwd:.*\n/, "")
      .replace("gen, fwd, sink", "gen, sink");
    const made = plan(resources(shorter), observedFrom(resources(roomy)));
    expect(changes(made)).toEqual(["update bridge:br0", "update flows:br0", "delete directory:fwd", "delete nf:fwd"]);
    expect(step(made, "nf:fwd")).toMatchObject({ reason: "the topology no longer has it", interrupts: ["main"] });
    const bridge = made.operations.find((operation) => operation.key === "update bridge:br0");
    expect(bridge?.after).toEqual(["delete nf:fwd"]);
    const directory = made.operations.find((operation) => operation.key === "delete directory:fwd");
    expect(directory?.after).toEqual(["delete nf:fwd"]);
  });

  test("with one more NF makes that one, and keeps those whose ports stay", () => {
    const chain = (nfs: number) => resources(chainText(nfs).replace("0: switch", "15: switch"));
    const made = plan(chain(4), observedFrom(chain(3)));
    expect(changes(made)).toEqual([
      "create directory:fwd2",
      "create nf:fwd2",
      "replace nf:sink",
      "update bridge:br0",
      "update flows:br0",
    ]);
  });

  test("on another datapath takes the switch away with all that sits in it", () => {
    const bridged = CHAIN.replace("datapath: vhost-user", "datapath: docker-bridge").replace("  0: switch\n", "");
    const made = plan(resources(bridged), observedFrom(resources(CHAIN)));
    expect(keys(made).filter((key) => key.startsWith("delete"))).toEqual([
      "delete nf:gen",
      "delete nf:fwd",
      "delete nf:sink",
      "delete directory:switch",
      "delete switch:switch",
    ]);
    expect(changes(made).filter((one) => one.startsWith("delete"))).toEqual([
      "delete directory:switch",
      "delete switch:switch",
      "delete switch-config:switch",
      "delete bridge:br0",
      "delete flows:br0",
    ]);
  });
});

describe("what is there and does not work", () => {
  const desired = resources(CHAIN);

  test("an NF that has ended is made anew, with the engine's words", () => {
    const text = "does not run: Exited (1) 5 seconds ago";
    const made = plan(desired, withItem(observedFrom(desired), "nf:gen", { problem: { text, repairable: false } }));
    expect(changes(made)).toEqual(["replace nf:gen"]);
    expect(step(made, "nf:gen").reason).toBe(text);
    expect(keys(made)).toEqual(["delete nf:gen", "create nf:gen"]);
  });

  const paused = { text: "is paused", repairable: true };

  test("a paused one is only let go on", () => {
    const made = plan(desired, withItem(observedFrom(desired), "nf:gen", { problem: paused }));
    expect(changes(made)).toEqual(["update nf:gen"]);
    expect(step(made, "nf:gen")).toMatchObject({ reason: "is paused", interrupts: [] });
    expect(isDisruptive(made)).toBe(false);
  });

  test("a paused one that is not what it should be is made anew", () => {
    const made = plan(desired, withItem(observedFrom(desired), "nf:gen", { problem: paused, digest: "old" }));
    expect(changes(made)).toEqual(["replace nf:gen"]);
  });

  test("a frozen lab thaws before its bridge is looked after", () => {
    const frozen = without(observedFrom(desired), "switch-config:switch", "bridge:br0").map((item) =>
      item.kind === "nf" || item.kind === "switch" ? { ...item, problem: paused } : item,
    );
    const made = plan(desired, frozen);
    expect(made.steps.some((one) => one.action === "replace")).toBe(false);
    const bridge = made.operations.find((operation) => operation.key === "create bridge:br0");
    expect(bridge?.after).toEqual(["create switch-config:switch", "update nf:gen", "update nf:fwd", "update nf:sink"]);
  });

  test("a label whose spec cannot be read shows as a difference without details", () => {
    const made = plan(desired, withItem(observedFrom(desired), "nf:gen", { spec: undefined, digest: "0".repeat(16) }));
    expect(changes(made)).toEqual(["replace nf:gen"]);
    expect(step(made, "nf:gen").changes).toEqual([]);
  });

  test("a spec that was tampered with shows what differs", () => {
    const spec = { ...desired.find((item) => item.id === "nf:gen")?.spec, capabilities: ["SYS_ADMIN"] } as never;
    const made = plan(desired, withItem(observedFrom(desired), "nf:gen", { spec, digest: "0".repeat(16) }));
    expect(step(made, "nf:gen").changes).toEqual([
      { path: "capabilities", before: '["SYS_ADMIN"]', after: '["SYS_NICE"]' },
    ]);
  });
});

test("what nobody asked for goes, also what sits where the lab stays", () => {
  const desired = resources(CHAIN);
  const stray = {
    ...observedFrom(desired).find((item) => item.id === "directory:gen"),
    id: "directory:old",
  } as Observed;
  const made = plan(desired, [...observedFrom(desired), stray]);
  expect(keys(made)).toEqual(["delete directory:old"]);
});

test("nothing is destroyed where nothing is", () => {
  const made = makeDestroyPlan("lab", []);
  expect([made.steps, made.operations]).toEqual([[], []]);
});

test("a plan is plain data", () => {
  const made = plan(resources(CHAIN), observedFrom(resources(CHAIN, "macvlan")));
  const text = JSON.stringify(made);
  expect(JSON.stringify(JSON.parse(text))).toBe(text);
  expect(made.schema).toBe("corebed/plan/1");
});

test("what lives in a switch that is made anew goes with it, also out of a bridge that comes again", () => {
  const made = plan(resources(CHAIN, "vhost-user"), observedFrom(resources(CHAIN, "af-xdp")));
  expect(step(made, "switch:switch").action).toBe("replace");
  expect(step(made, "port:gen-p0").action).toBe("delete");
  expect(keys(made)).toContain("delete switch:switch");
  expect(keys(made).filter((key) => /^delete (port|bridge|flows|switch-config):/.test(key))).toEqual([]);
});
