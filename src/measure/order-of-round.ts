import type { TRIAL_ORDERS } from "../topology/topology.ts";
import { seededRandom } from "./statistics/seeded-random.ts";

/**
 * The order of the arms in each round of a comparison. `abba`: every other round backwards (A B C, C B A, A B C, ...), so that a slow drift of the machine
 * falls on all arms alike. `random`: each round in an order drawn with the seed (randomised blocks), which also outwits a disturbance that comes at the
 * same place in every other round. A round's order depends on nothing but the seed and its number, so that a run can be gone on with.
 */
export function orderOfRound(
  arms: readonly string[],
  kind: (typeof TRIAL_ORDERS)[number],
  seed: number,
): (round: number) => readonly string[] {
  if (kind === "abba") return (round) => (round % 2 === 0 ? arms : arms.toReversed());
  return (round) => shuffled(arms, seededRandom(seed + ROUND_STRIDE * (round + 1)));
}

/** Keeps the generators of neighbouring rounds apart. */
const ROUND_STRIDE = 0x9e37;

/** Fisher and Yates' shuffle. */
function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const moved = result[last] as T;
    result[last] = result[other] as T;
    result[other] = moved;
  }
  return result;
}
