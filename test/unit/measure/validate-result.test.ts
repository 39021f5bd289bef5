import { expect, test } from "vitest";
import { resultJsonSchema, validateResult } from "../../../src/measure/validate-result.ts";
import { madeUpResult, madeUpTrials } from "./made-up.ts";

const result = madeUpResult(
  ["docker-bridge", "vhost-user"],
  [
    ...madeUpTrials("docker-bridge", 260_000, [1, 1, 1, 1, 1]),
    ...madeUpTrials("vhost-user", 4_000_000, [1, 1, 1, 1, 1]),
  ],
);
const written = (): Record<string, unknown> => JSON.parse(JSON.stringify(result));

test("a result reads back as it was written, with what a later corebed may have added", () => {
  const json = { ...written(), added: 1 };
  expect(validateResult(json)).toEqual({ ok: true, result: json });
});

test("numbers in a written result are numbers", () => {
  expect(JSON.stringify(result)).not.toContain("null");
});

test("another version is refused with what to do", () => {
  expect(validateResult({ ...written(), schema: "corebed/result/3" })).toEqual({
    ok: false,
    problems: [
      'This result has the schema corebed/result/3, and this corebed reads corebed/result/2. Use the version of corebed that wrote it (see "corebedVersion"), or measure again.',
    ],
  });
});

test.each([
  [
    { schema: "corebed/host-facts/1" },
    "This is a corebed/host-facts/1, not a result. Give a file that `corebed run`, `compare` or `sweep` wrote.",
  ],
  [
    {},
    'This is not a result of corebed: it has no "schema". Give a file that `corebed run`, `compare` or `sweep` wrote.',
  ],
  [
    null,
    'This is not a result of corebed: it has no "schema". Give a file that `corebed run`, `compare` or `sweep` wrote.',
  ],
])("%j is refused", (json, problem) => {
  expect(validateResult(json)).toEqual({ ok: false, problems: [problem] });
});

test("a damaged result is refused with the places of the damage", () => {
  const json = { ...written(), startedAt: "yesterday", complete: "yes" };
  expect(validateResult(json)).toEqual({
    ok: false,
    problems: ["startedAt: Invalid ISO datetime", "complete: Invalid input: expected boolean, received string"],
  });
  expect(validateResult({ ...json, order: Array(20).fill(1) })).toMatchObject({
    problems: { length: 9, 8: "... and 14 more." },
  });
});

test("the published schema is the one in the code (vitest -u writes it)", async () => {
  const text = `${JSON.stringify(resultJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot("../../../schema/result.schema.json");
});

test("every property of the published schema that is a number says what it means", () => {
  const silent: string[] = [];
  const visit = (value: unknown, path: string) => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      const number = child?.type === "number" || child?.type === "integer";
      if (path.endsWith(".properties") && number && child.description === undefined) silent.push(`${path}.${key}`);
      visit(child, `${path}.${key}`);
    }
  };
  visit(resultJsonSchema(), "");
  expect(silent).toEqual([]);
});

test("what a file says of its kind, and the keys that it made up, move no cursor and are cut", () => {
  const kind = validateResult({ schema: `corebed/\u001b[2J${"x".repeat(20_000)}` });
  const key = validateResult({ ...written(), labs: {}, versions: { images: { [`\u001b${"y".repeat(20_000)}`]: 1 } } });
  for (const checked of [kind, key]) {
    const text = checked.ok ? "" : checked.problems.join("\n");
    expect(text).not.toBe("");
    expect(text).not.toContain("\u001b");
    expect(text.length).toBeLessThan(2_000);
  }
});
