import { afterEach, expect, test, vi } from "vitest";
import { agree } from "../../../src/cli/agree.ts";
import type { Action, Plan } from "../../../src/plan/plan.ts";

afterEach(() => void vi.restoreAllMocks());

function planOf(action: Action, reason: string): Plan {
  const step = { action, kind: "nf", id: "nf:gen", reason, changes: [], interrupts: [] } as const;
  return { schema: "corebed/plan/1", lab: "lab", steps: [step], operations: [] };
}

/** Goes through these looks at the host, one after another, and writes down what happens in which order. */
async function through(looks: readonly (Plan | Error)[], { yes = false, answers = true } = {}) {
  const seen: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => seen.push(`said: ${String(text).trim()}`) > 0);
  let look = 0;
  const agreed = await agree({
    lock: async () => {
      seen.push("locked");
      return { [Symbol.asyncDispose]: async () => void seen.push("released") };
    },
    prepare: async () => {
      const plan = looks[look++];
      seen.push("looked");
      if (plan instanceof Error || plan === undefined) throw plan ?? new Error("looked once too often");
      return plan;
    },
    plans: (plan) => [plan],
    ask: async (plan) => {
      seen.push(`asked about ${plan.steps[0]?.reason}`);
      if (!answers) throw new Error("Nothing was changed.");
    },
    yes,
  }).catch((error: Error) => {
    seen.push(`failed: ${error.message}`);
    return undefined;
  });
  if (agreed !== undefined) seen.push(`goes on with ${agreed.prepared.steps[0]?.reason}`);
  return { seen, agreed };
}

const REPLACED = planOf("replace", "memory differs");

test("the host's lock is not held while somebody thinks, and what is there is looked at again after the answer", async () => {
  const { seen } = await through([REPLACED, structuredClone(REPLACED)]);
  expect(seen).toEqual([
    ...["locked", "looked", "released", "asked about memory differs"],
    ...["locked", "looked", "goes on with memory differs"],
  ]);
});

test("a plan that is another one after the answer is another question, and says why", async () => {
  const other = planOf("delete", "not in the file");
  const { seen } = await through([REPLACED, other, other]);
  expect(seen).toEqual([
    ...["locked", "looked", "released", "asked about memory differs"],
    ...["locked", "looked", "released"],
    "said: What is there has changed since you were asked, and so has the plan:",
    ...["asked about not in the file", "locked", "looked", "goes on with not in the file"],
  ]);
});

test("nobody is asked about what takes nothing away, or with the answer beforehand; the lock is held until the end", async () => {
  const created = planOf("create", "not there");
  for (const { looks, yes } of [
    { looks: [created], yes: false },
    { looks: [REPLACED], yes: true },
  ]) {
    const { seen, agreed } = await through(looks, { yes });
    expect(seen.slice(0, 2)).toEqual(["locked", "looked"]);
    expect(seen).toHaveLength(3);
    await agreed?.[Symbol.asyncDispose]();
    expect(seen.at(-1)).toBe("released");
  }
});

test("no answer, and what the host has not left, end without the lock", async () => {
  const refused = await through([REPLACED], { answers: false });
  expect(refused.seen.slice(-3)).toEqual(["released", "asked about memory differs", "failed: Nothing was changed."]);
  const obstacle = await through([REPLACED, new Error("CPU 1 is held by other/gen")]);
  expect(obstacle.seen.slice(-4)).toEqual(["locked", "looked", "released", "failed: CPU 1 is held by other/gen"]);
});
