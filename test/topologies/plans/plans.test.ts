import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Lab } from "../../../src/lab/lab.ts";
import { labResources } from "../../../src/lab/resources.ts";
import { planBudget } from "../../../src/plan/budget.ts";
import { makePlan } from "../../../src/plan/make-plan.ts";
import type { Observed } from "../../../src/plan/plan.ts";
import type { Output } from "../../../src/report/output.ts";
import { formatPlan } from "../../../src/report/plan-text.ts";
import { hostWith } from "../../unit/lab/hosts.ts";
import { chainText, example, labOf } from "../../unit/lab/make-lab.ts";
import { observedFrom, withItem } from "../../unit/plan/observed.ts";

/*
 * What `corebed plan` prints for every example on a machine with 8 CPUs and 512 huge pages, at 80 columns. `vitest -u` writes the files anew; read the
 * difference before you keep it.
 */
const NARROW: Output = { width: 80, color: false, unicode: false };
const FACTS = hostWith(8, { hugePages: { pageKib: 2048, total: 512, free: 512, mounts: [] } });
const EXAMPLES = readdirSync(new URL("../../../topologies/", import.meta.url)).filter((file) => file.endsWith(".yaml"));

function planText(lab: Lab, observed: readonly Observed[] = [], output = NARROW): string {
  const plan = makePlan(lab.name, labResources(lab), observed);
  return `${formatPlan(plan, planBudget(lab, plan, observed, FACTS, []), output)}\n`;
}

describe.each(EXAMPLES)("%s", (file) => {
  const lab = labOf(example(file), FACTS);

  test("where nothing is there yet", async () => {
    await expect(planText(lab)).toMatchFileSnapshot(file.replace(".yaml", ".txt"));
  });

  test("keeps to the columns that there are, in ASCII", () => {
    for (const width of [40, 60, 80, 120]) {
      const text = planText(lab, [], { ...NARROW, width });
      expect(text).toMatch(/^[ -~\n]*$/);
      expect(text.split("\n").filter((line) => line.length > width && line.trim().includes(" "))).toEqual([]);
    }
  });

  test("has nothing to say once all is as it should be", () => {
    const text = planText(lab, observedFrom(labResources(lab)));
    expect(text).toContain("Nothing to do: all");
    expect(text).not.toMatch(/Interrupts|\n {2}[+~-]/);
  });
});

test("every kind of step, with what changes and what it interrupts", async () => {
  const text = chainText(3, { name: "edited" }).replace("0: switch", "7: switch");
  const observed = observedFrom(labResources(labOf(text, FACTS)));
  const old = withItem(
    withItem(observed, "nf:gen", { problem: { text: "does not run: Exited (137) 3 minutes ago", repairable: false } }),
    "nf:sink",
    { problem: { text: "is paused", repairable: true } },
  );
  const edited = chainText(3, { name: "edited", top: "switch: { pmdMaxSleep: 50us, txRetries: 0 }" })
    .replace("0: switch", "7: switch")
    .replaceAll("fwd1", "fwd");
  await expect(planText(labOf(edited, FACTS), old)).toMatchFileSnapshot("edited.txt");
});

test("what stands in the way", async () => {
  const lab = labOf(example("pktgen-stats.yaml"), FACTS);
  const plan = makePlan(lab.name, labResources(lab), []);
  const facts = { ...FACTS, hugePages: { ...FACTS.hugePages, free: 7 } };
  const claims = [{ lab: "bench", group: "bench", owner: "switch", cpus: [0, 4], running: true }];
  const text = formatPlan(plan, planBudget(lab, plan, [], facts, claims), NARROW);
  await expect(`${text}\n`).toMatchFileSnapshot("obstacles.txt");
});

test("colours change nothing but the colours", () => {
  const lab = labOf(example("two-chains.yaml"), FACTS);
  const coloured = planText(lab, [], { ...NARROW, color: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what is looked for
  const codes = /\u001b\[\d+m/g;
  expect(coloured.match(codes)?.length).toBeGreaterThan(10);
  expect(coloured.replace(codes, "")).toBe(planText(lab));
});

test("a plan for 1000 NFs names them all", () => {
  const lab = labOf(chainText(1000, { name: "huge", cpus: 63 }), hostWith(64));
  const desired = labResources(lab);
  const plan = makePlan(lab.name, desired, []);
  expect(desired).toHaveLength(1 + 1000 + 3 + 1000 + 2);
  expect(plan.operations).toHaveLength(desired.length);
  const bridge = plan.operations.find((operation) => operation.key === "create bridge:br0");
  expect(bridge?.after).toHaveLength(1 + 1000);
  expect(planText(lab)).toContain("2006 to create, 0 to keep.");
  const again = makePlan(lab.name, desired, observedFrom(desired));
  expect(again.operations).toEqual([]);
});
