import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { checkHost } from "../../../src/setup/checks.ts";
import { formatChecks } from "../../../src/setup/format-checks.ts";
import { bareMetal, poorMachine, referenceMachine } from "./example-facts.ts";

const machines = [
  ["reference-machine", referenceMachine],
  ["bare-metal", bareMetal],
  ["poor-machine", poorMachine],
] as const;

test.each(machines)("doctor on the %s", async (name, facts) => {
  const golden = await readFile(new URL(`golden/${name}.txt`, import.meta.url), "utf8");
  expect(formatChecks(checkHost(facts))).toBe(golden);
});

test.each(machines)("the table of the %s fits 80 columns", (_name, facts) => {
  for (const line of formatChecks(checkHost(facts)).split("\n")) expect(line.length).toBeLessThanOrEqual(80);
});

test("every line that is missing has a command that fixes it", () => {
  for (const check of checkHost(poorMachine).filter(({ state }) => state === "missing")) {
    expect(check.fix, check.id).toBeDefined();
  }
});

test("identifiers are unique", () => {
  const ids = checkHost(poorMachine).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("an engine that does not run, and one that is not open to this user", () => {
  const check = (state: "stopped" | "silent" | "running") =>
    checkHost({ ...referenceMachine, docker: { state, version: undefined, apiVersion: undefined } })[0];
  expect(check("stopped")).toMatchObject({
    state: "missing",
    found: "installed, not running",
    fix: "corebed doctor --fix",
  });
  expect(check("silent")).toMatchObject({ state: "missing", found: "runs and does not answer" });
  expect(check("running")).toMatchObject({
    state: "missing",
    found: "not open to this user",
    fix: "sudo corebed doctor",
  });
});

test("a kernel without huge pages", () => {
  const checks = checkHost({ ...referenceMachine, hugePages: { pageKib: 0, total: 0, free: 0, mounts: [] } });
  expect(checks.filter(({ state }) => state === "missing").map(({ id }) => id)).toEqual([
    "huge-pages-total",
    "huge-pages-free",
    "hugetlbfs",
  ]);
});

test("colour marks the state and nothing else", () => {
  const [line] = formatChecks([{ id: "x", label: "x", state: "warning", found: "y" }], { color: true }).split("\n");
  expect(line).toBe("\x1b[33mwarning\x1b[0m  x  y");
});

test("a command is cut outside quotes only, so that it can be copied", () => {
  const text = formatChecks(
    [{ id: "x", label: "x", state: "missing", found: "y", fix: "say 'one two three four' now" }],
    {
      width: 32,
    },
  );
  expect(text).toBe("missing  x  y\n         fix: say \\\n              'one two three four' \\\n              now\n");
});
