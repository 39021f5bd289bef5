import fc from "fast-check";
import { expect, test } from "vitest";
import { isSettled } from "../../../src/measure/settled.ts";

test("a rate that still grows is not settled, one that stays is", () => {
  expect(isSettled([1, 2, 4, 8])).toBe(false);
  expect(isSettled([1, 2, 4, 8, 8.1, 7.9])).toBe(true);
});

test("two windows say nothing", () => {
  expect(isSettled([5, 5])).toBe(false);
});

test("nothing at all is steady", () => {
  expect(isSettled([0, 0, 0])).toBe(true);
});

test("it does not depend on the unit", () => {
  const rates = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 3, maxLength: 6 });
  fc.assert(
    fc.property(rates, (windows) => {
      // A power of two changes no digit of a binary fraction.
      expect(isSettled(windows.map((rate) => rate * 1024))).toBe(isSettled(windows));
    }),
  );
});
