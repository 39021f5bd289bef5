import fc from "fast-check";
import { expect, test } from "vitest";
import { type Claim, fairShares } from "../../../src/simulate/fair-shares.ts";

const anyClaims = fc.array(
  fc.record({
    wanted: fc.double({ min: 0, max: 1, noNaN: true }),
    weight: fc.double({ min: 0.1, max: 10, noNaN: true }),
  }),
  { minLength: 1, maxLength: 12 },
);

/** What each gets of a thing that is poured out slowly, to all who still want some, by weight. */
function poured(claims: readonly Claim[], total: number): readonly number[] {
  const got = claims.map(() => 0);
  let left = total;
  for (;;) {
    const thirsty = claims.flatMap(({ wanted, weight }, i) =>
      (got[i] ?? 0) < wanted - 1e-12 ? [{ i, wanted, weight }] : [],
    );
    const weights = thirsty.reduce((sum, { weight }) => sum + weight, 0);
    if (thirsty.length === 0 || left < 1e-12) return got;
    const level = Math.min(
      left / weights,
      ...thirsty.map(({ i, wanted, weight }) => (wanted - (got[i] ?? 0)) / weight),
    );
    for (const { i, weight } of thirsty) got[i] = (got[i] ?? 0) + level * weight;
    left -= level * weights;
  }
}

test("each may take what it would get if it wanted all", () => {
  fc.assert(
    fc.property(anyClaims, (claims) => {
      const shares = fairShares(claims, 1);
      claims.forEach((claim, own) => {
        const greedy = poured(
          claims.map((other, i) => (i === own ? { ...claim, wanted: 1 } : other)),
          1,
        );
        expect(shares[own]).toBeCloseTo(greedy[own] ?? 0, 9);
      });
    }),
  );
});

test("by weight where all want more than there is, and one alone may take all", () => {
  expect(
    fairShares(
      [
        { wanted: 1, weight: 1 },
        { wanted: 1, weight: 3 },
      ],
      1,
    ),
  ).toEqual([0.25, 0.75]);
  expect(fairShares([{ wanted: 0.1, weight: 5 }], 1)).toEqual([1]);
  expect(fairShares([], 1)).toEqual([]);
});
