import fc from "fast-check";
import { expect, test } from "vitest";
import { orderOfRound } from "../../../src/measure/order-of-round.ts";

const ARMS = ["a", "b", "c", "d"];

test("abba: every other round backwards", () => {
  const order = orderOfRound(ARMS, "abba", 1);
  expect([0, 1, 2].map((round) => order(round).join(""))).toEqual(["abcd", "dcba", "abcd"]);
});

test("random: every arm once in every round, and the same order for the same seed", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(1000), (seed, round) => {
      const order = orderOfRound(ARMS, "random", seed)(round);
      expect([...order].toSorted()).toEqual(ARMS);
      expect(orderOfRound(ARMS, "random", seed)(round)).toEqual(order);
    }),
  );
});

test("random: every arm is first about as often", () => {
  const order = orderOfRound(ARMS, "random", 7);
  const firsts = Array.from({ length: 4000 }, (_, round) => order(round)[0]);
  for (const arm of ARMS) {
    const share = firsts.filter((first) => first === arm).length / firsts.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
  }
});
