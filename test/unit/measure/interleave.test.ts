import fc from "fast-check";
import { expect, test } from "vitest";
import { interleave } from "../../../src/measure/interleave.ts";

test("every other round runs backwards", () => {
  expect(interleave(["a", "b", "c"], 3)).toEqual(["a", "b", "c", "c", "b", "a", "a", "b", "c"]);
  expect(interleave(["a"], 2)).toEqual(["a", "a"]);
});

test("every arm gets its repeats, and over two rounds the same mean place", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 10 }), (arms, rounds) => {
      const names = Array.from({ length: arms }, (_, index) => index);
      const order = interleave(names, 2 * rounds);
      const places = names.map((name) => order.flatMap((other, place) => (other === name ? [place] : [])));
      const means = places.map((own) => own.reduce((sum, place) => sum + place, 0) / own.length);
      expect(places.every((own) => own.length === 2 * rounds)).toBe(true);
      expect(new Set(means).size).toBe(1);
    }),
  );
});
