import fc from "fast-check";
import { expect, test } from "vitest";
import type { ResourceSpec } from "../../../src/lab/resource.ts";
import { specDigest } from "../../../src/lab/resource.ts";
import { diffSpecs } from "../../../src/plan/diff.ts";

function diff(before: unknown, after: unknown): readonly (readonly [string, string | undefined, string | undefined])[] {
  const found = diffSpecs(before as ResourceSpec, after as ResourceSpec);
  return found.map((change) => [change.path, change.before, change.after]);
}

test("names each member by its path, with both values", () => {
  expect(diff({ a: { b: 1, c: "x" }, d: true }, { a: { b: 2, c: "x" }, d: false })).toEqual([
    ["a.b", "1", "2"],
    ["d", "true", "false"],
  ]);
});

test("says of members on one side only that they are not on the other", () => {
  expect(diff({ old: 1 }, { new: "x" })).toEqual([
    ["new", undefined, "x"],
    ["old", "1", undefined],
  ]);
});

test("compares ports by name and flows by where they come from, wherever they stand", () => {
  const ports = [
    { name: "gen-p0", mtu: 1499 },
    { name: "sink-p0", mtu: 1499 },
  ];
  expect(diff({ ports }, { ports: ports.toReversed() })).toEqual([]);
  expect(diff({ ports }, { ports: [{ name: "gen-p0", mtu: 1500 }, ports[1]] })).toEqual([
    ["ports.gen-p0.mtu", "1499", "1500"],
  ]);
  expect(diff({ flows: [{ inPort: 1, output: 2 }] }, { flows: [{ inPort: 1, output: 3 }] })).toEqual([
    ["flows.1.output", "2", "3"],
  ]);
});

test("shows a list of plain values whole", () => {
  expect(diff({ cpus: [0, 1] }, { cpus: [0, 2] })).toEqual([["cpus", "[0,1]", "[0,2]"]]);
});

test("finds nothing between a spec and what comes back from a label", () => {
  const spec = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,5}$/),
    fc.oneof(fc.string(), fc.nat(), fc.array(fc.nat()), fc.constant(undefined)),
  );
  fc.assert(
    fc.property(spec, (value) => {
      expect(diff(JSON.parse(JSON.stringify(value)), value)).toEqual([]);
    }),
  );
});

test("finds something wherever the digests differ", () => {
  const value = fc.oneof(fc.string(), fc.nat(), fc.boolean(), fc.array(fc.nat(), { maxLength: 2 }));
  const spec = fc.record({
    a: value,
    b: fc.record({ c: value }),
    d: fc.array(fc.record({ name: fc.constantFrom("x", "y"), v: fc.nat({ max: 2 }) }), { maxLength: 1 }),
  });
  fc.assert(
    fc.property(spec, spec, (before, after) => {
      const same = specDigest(before as never) === specDigest(after as never);
      if (!same) expect(diff(before, after).length).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});
