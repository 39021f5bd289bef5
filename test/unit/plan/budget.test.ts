import { describe, expect, test } from "vitest";
import type { HostFacts } from "../../../src/lab/host-facts.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { labUplink } from "../../../src/lab/tunnel.ts";
import { type CpuClaim, planBudget } from "../../../src/plan/budget.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import type { Observed } from "../../../src/plan/plan.ts";
import { hostWith } from "../lab/hosts.ts";
import { example, labOf } from "../lab/make-lab.ts";
import { observedFrom, withItem } from "./observed.ts";

/** 32 pages for the switch, 32 for each of gen and sink: 96. */
const LAB = labOf(example("pktgen-stats.yaml"), hostWith(4));
const RESOURCES = labResources(LAB);

function budget(parts: {
  readonly observed?: readonly Observed[];
  readonly free?: number;
  readonly claims?: readonly CpuClaim[];
  readonly lab?: typeof LAB;
}) {
  const { observed = [], free = 1000, claims = [], lab = LAB } = parts;
  const facts: HostFacts = hostWith(4, { hugePages: { pageKib: 2048, total: 1000, free, mounts: [] } });
  const plan = makePlan(lab.name, labResources(lab), observed);
  return planBudget(lab, plan, observed, facts, claims);
}

function claim(parts: Partial<CpuClaim>): CpuClaim {
  return { lab: "other", group: "other", owner: "gen", cpus: [1], running: true, ...parts };
}

test("CPUs that nobody polls on are free", () => {
  expect(budget({}).freeCpus).toEqual([3]);
  expect(budget({ claims: [claim({ cpus: [3] })] }).freeCpus).toEqual([]);
  expect(budget({ claims: [claim({ cpus: [3], lab: LAB.name })] }).freeCpus).toEqual([3]);
});

describe("huge pages", () => {
  test("of a lab of which nothing is there are all to be found", () => {
    expect(budget({ free: 96 })).toMatchObject({ hugePages: { needed: 96, held: 0, free: 96 }, obstacles: [] });
  });

  test("one too few is an obstacle that says how many more it takes", () => {
    expect(budget({ free: 95 }).obstacles).toEqual([
      {
        code: "too-few-free-huge-pages",
        message: "96 more huge pages of 2 MiB are needed and 95 are free",
        help: "reserve 1 more: sysctl -w vm.nr_hugepages=1001, or destroy labs that are not used (corebed status)",
      },
    ]);
  });

  test("that the lab holds already are not needed again", () => {
    expect(budget({ observed: observedFrom(RESOURCES), free: 0 })).toMatchObject({
      hugePages: { needed: 96, held: 96, free: 0 },
      obstacles: [],
    });
  });

  test("of what is made anew come back first", () => {
    const observed = withItem(observedFrom(RESOURCES), "nf:gen", { digest: "old" });
    expect(budget({ observed, free: 0 })).toMatchObject({ hugePages: { held: 64, free: 32 }, obstacles: [] });
  });

  test("of a container that has ended are free already, and do not come back twice", () => {
    const exited = { text: "does not run: Exited (1)", repairable: false };
    const observed = withItem(observedFrom(RESOURCES), "nf:gen", { problem: exited });
    expect(budget({ observed, free: 32 })).toMatchObject({ hugePages: { held: 64, free: 32 }, obstacles: [] });
    expect(budget({ observed, free: 31 }).obstacles).toHaveLength(1);
  });

  test("of a paused one are held", () => {
    const observed = withItem(observedFrom(RESOURCES), "nf:gen", { problem: { text: "is paused", repairable: true } });
    expect(budget({ observed, free: 0 })).toMatchObject({ hugePages: { held: 96 }, obstacles: [] });
  });

  test("that come back are too few for something larger", () => {
    const larger = labOf(
      example("pktgen-stats.yaml").replace("{ app: pktgen }", "{ app: pktgen, memory: 128MiB }"),
      hostWith(4),
    );
    const found = budget({ lab: larger, observed: observedFrom(RESOURCES), free: 31 });
    expect(found.hugePages).toMatchObject({ needed: 128, held: 64, free: 63 });
    expect(found.obstacles.map((obstacle) => obstacle.message)).toEqual([
      "64 more huge pages of 2 MiB are needed and 63 are free",
    ]);
  });

  test("of what the topology no longer has come back too", () => {
    const gone = { ...observedFrom(RESOURCES).find((item) => item.id === "nf:gen"), id: "nf:old" } as Observed;
    expect(budget({ observed: [gone], free: 64 })).toMatchObject({ hugePages: { free: 96 }, obstacles: [] });
  });
});

describe("CPUs", () => {
  test("that nobody else polls on are free", () => {
    expect(budget({ claims: [claim({ cpus: [3] })] })).toMatchObject({
      cpus: [
        { cpu: 0, owners: ["switch"], heldBy: undefined },
        { cpu: 1, owners: ["gen"], heldBy: undefined },
        { cpu: 2, owners: ["sink"], heldBy: undefined },
      ],
      obstacles: [],
    });
  });

  test("that another lab polls on are an obstacle, each with who has it", () => {
    const found = budget({ claims: [claim({ cpus: [0], owner: "switch" }), claim({ cpus: [2, 3], owner: "fwd" })] });
    expect(found.cpus.map((cpu) => cpu.heldBy)).toEqual(["other/switch", undefined, "other/fwd"]);
    expect(found.obstacles).toEqual([
      {
        code: "cpu-held",
        message: "CPU 0, wanted for switch, is held by other/switch",
        help: "destroy that lab (corebed destroy other) or give other cores",
      },
      {
        code: "cpu-held",
        message: "CPU 2, wanted for sink, is held by other/fwd",
        help: "destroy that lab (corebed destroy other) or give other cores",
      },
    ]);
  });

  test("of another lab are held also while that one is frozen", () => {
    expect(budget({ claims: [claim({ running: false })] }).obstacles).toHaveLength(1);
  });

  test("of a lab of the same comparison are held while it runs, and lent while it is frozen", () => {
    const sibling = { lab: "pktgen-stats-docker-bridge", group: "pktgen-stats" };
    expect(budget({ claims: [claim({ ...sibling, running: true })] }).obstacles).toHaveLength(1);
    expect(budget({ claims: [claim({ ...sibling, running: false })] }).obstacles).toEqual([]);
  });

  test("that the lab itself has are its own", () => {
    expect(budget({ claims: [claim({ lab: LAB.name, group: LAB.group, cpus: [0, 1, 2] })] }).obstacles).toEqual([]);
  });
});

test("vhost-user sockets are counted", () => {
  expect(budget({}).sockets).toBe(2);
  const lab = labOf(example("mixed-hops.yaml"), hostWith(4));
  expect(budget({ lab }).sockets).toBe(2);
  expect(budget({ lab: labOf(example("pktgen-stats.yaml"), hostWith(4), { datapath: "host" }) }).sockets).toBe(0);
});

test("everything that is in the way is told at once", () => {
  const codes = budget({ free: 0, claims: [claim({ cpus: [1, 2] })] }).obstacles.map((obstacle) => obstacle.code);
  expect(codes).toEqual(["cpu-held", "cpu-held", "too-few-free-huge-pages"]);
});

describe("the address where tunnels end", () => {
  const uplink = { ...labUplink("other", "a", "eth1", "192.0.2.1/24") };
  const sw = LAB.switch;
  const lab = { ...LAB, ...(sw !== undefined && { switch: { ...sw, uplink } }) };
  const held = { parent: "eth1", address: "192.0.2.1" };

  test("is one lab's at a time, also while that one is frozen", () => {
    const claims = [claim({ lab: "older", owner: "switch", cpus: [], running: false, uplink: held })];
    expect(budget({ lab, claims }).obstacles).toEqual([
      {
        code: "tunnel-address-held",
        message: "192.0.2.1 on eth1, where this lab's tunnels are to end, is held by lab older",
        help: "destroy that lab (corebed destroy older, on each of its hosts, or with its file) or give the tunnel another address",
      },
    ]);
  });

  test.each([
    ["the lab's own", { lab: LAB.name, uplink: held }],
    ["another address", { uplink: { ...held, address: "192.0.2.10" } }],
    ["on another network", { uplink: { ...held, parent: "eth2" } }],
    ["of a lab on one host", {}],
  ])("%s is in nobody's way", (_what, other) => {
    expect(budget({ lab, claims: [claim({ cpus: [], ...other })] }).obstacles).toEqual([]);
  });
});
