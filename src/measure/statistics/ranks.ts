/** Ranks of values from 1, equal ones sharing the mean of theirs, and the sizes of the groups of equals. */
export interface Ranks {
  readonly ranks: readonly number[];
  /** Sizes of groups of two or more equals. */
  readonly ties: readonly number[];
}

export function rank(values: readonly number[]): Ranks {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  const ties: number[] = [];
  for (let start = 0; start < order.length; ) {
    const value = values[order[start] ?? 0];
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === value) end += 1;
    for (const index of order.slice(start, end)) ranks[index] = (start + 1 + end) / 2;
    if (end - start > 1) ties.push(end - start);
    start = end;
  }
  return { ranks, ties };
}

/** Sum of t^3 - t over groups of equals: what ties take from the variance of a rank statistic. */
export function tieTerm(ties: readonly number[]): number {
  return ties.reduce((sum, ties) => sum + ties ** 3 - ties, 0);
}
