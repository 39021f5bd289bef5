/**
 * The order of the trials of a comparison: every arm once in each round, every other round backwards (A B C, C B A, A B C, ...), so that a slow drift of
 * the machine falls on all arms alike instead of on the last one.
 */
export function interleave<T>(arms: readonly T[], repeats: number): readonly T[] {
  return Array.from({ length: repeats }, (_, round) => (round % 2 === 0 ? arms : arms.toReversed())).flat();
}
