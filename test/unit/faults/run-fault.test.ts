import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Bench } from "../../faults/bench.ts";
import { injureAndDestroy, injureIdle } from "../../faults/during-trial.ts";
import type { Case } from "../../faults/fault.ts";
import { runFault } from "../../faults/run-fault.ts";
import { temporaryDirectory } from "../../temporary-directory.ts";

/** The machine's own programs, of which each has nothing to tell. */
beforeEach(() => {
  const programs = temporaryDirectory("programs");
  for (const name of ["docker", "ip", "iptables", "find", "pgrep"]) {
    writeFileSync(join(programs, name), "#!/bin/sh\n", { mode: 0o755 });
  }
  vi.stubEnv("PATH", programs);
});
afterEach(() => void vi.unstubAllEnvs());

test("a host that cannot be cleared costs the findings of no case, and no other case its turn", async () => {
  // Before and after each of three cases: not after the first, nor before the second.
  const works = [true, false, false, true, true];
  const clear = async (): Promise<void> => {
    if (works.shift() === false) throw new Error("the engine does not answer");
  };
  const cases = ["first", "second", "third"].map(
    (name): Case => ({ name, run: async (bench) => bench.find("leak", `of the ${name}`) }),
  );
  const fault = { name: "engine", what: "", few: 1, cases: () => cases };
  const found: string[][] = [];
  for await (const { findings } of runFault(fault, { times: undefined, named: undefined }, clear)) {
    found.push(findings.map(({ kind, in: name, text }) => `${kind} in ${name}: ${text.split("\n")[0]}`));
  }
  expect(found).toEqual([
    ["leak in first: of the first", "undone in first: Error: the engine does not answer"],
    ["undone in second: Error: the engine does not answer"],
    ["leak in third: of the third"],
  ]);
});

test.each([
  ["an idle lab", injureIdle],
  ["a lab that is destroyed", injureAndDestroy],
])("what was broken of %s is healed though the case cannot go on", async (_which, injure) => {
  const stuck = () => Promise.reject(new Error("stuck"));
  const bench = { write: async () => "", converge: async () => {}, path: () => "", run: stuck, destroy: stuck };
  const heal = vi.fn();
  const injury = { lab: "fault-x", happen: async () => heal, cause: /x/, mended: /x/ };
  await expect(injure(bench as unknown as Bench, injury)).rejects.toThrow("stuck");
  expect(heal).toHaveBeenCalledOnce();
});
