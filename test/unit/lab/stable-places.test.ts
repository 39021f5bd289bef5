import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { labResources } from "../../../src/lab/resources.ts";
import { stablePlaces } from "../../../src/lab/stable-places.ts";
import { hostWith } from "./hosts.ts";
import { chainText, labOf } from "./make-lab.ts";

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 30 });

describe("places that names decide", () => {
  test("are different, within bounds, and none that is taken", () => {
    fc.assert(
      fc.property(names, fc.uniqueArray(fc.nat({ max: 39 }), { maxLength: 9 }), (all, taken) => {
        const places = [...stablePlaces(all, 40, taken).values()];
        expect(places).toHaveLength(all.length);
        expect(new Set([...places, ...taken]).size).toBe(all.length + taken.length);
        expect(places.every((place) => place >= 0 && place < 40)).toBe(true);
      }),
    );
  });

  test("are the same whatever the order of the names", () => {
    fc.assert(
      fc.property(names, (all) => {
        expect(stablePlaces(all.toReversed(), 50)).toEqual(stablePlaces(all, 50));
      }),
    );
  });

  test("stay where they are when another name comes, but where two fall on one place", () => {
    const before = stablePlaces(["gen-p0", "sink-p0"], 60_000);
    const after = stablePlaces(["gen-p0", "fwd-p0", "fwd-p1", "sink-p0"], 60_000);
    expect([after.get("gen-p0"), after.get("sink-p0")]).toEqual([before.get("gen-p0"), before.get("sink-p0")]);
  });
});

test("every port of a long lab has addresses and a number of its own", () => {
  const lab = labOf(chainText(40), hostWith(64));
  const ports = lab.nfs.flatMap((nf) => nf.ports);
  expect(new Set(ports.map(({ mac }) => mac)).size).toBe(ports.length);
  expect(new Set(ports.map(({ ipv4 }) => ipv4)).size).toBe(ports.length);
  expect(new Set(lab.switch?.ports.map(({ ofport }) => ofport)).size).toBe(ports.length);
});

test("an NF that comes into one chain changes no container of the chain beside it", () => {
  const text = (first: string) => `name: two
cores: { 8: switch, 1: [gen-a, a, sink-a, gen-b, sink-b] }
nfs: { gen-a: { app: pktgen }, a: { app: l2fwd }, sink-a: { app: stats }, gen-b: { app: pktgen }, sink-b: { app: stats } }
chains: { a: [${first}], b: [gen-b, sink-b] }
`;
  const specs = (first: string) =>
    Object.fromEntries(
      labResources(labOf(text(first))).flatMap(({ kind, id, spec }) => (kind === "nf" ? [[id, spec]] : [])),
    );
  const { "nf:a": _new, ...others } = specs("gen-a, a, sink-a");
  expect(others).toEqual(specs("gen-a, sink-a"));
});
