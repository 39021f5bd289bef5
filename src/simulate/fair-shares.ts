/** Someone who wants some of a thing. */
export interface Claim {
  /** 0 or more. */
  readonly wanted: number;
  /** Where there is not enough for all, what they get goes in proportion to this; above 0. */
  readonly weight: number;
}

/**
 * Weighted max-min fairness: whoever wants no more than their weight's part of what the others leave gets it, and the rest is parted by weight.
 *
 * @returns what each may take at most, the others wanting what they want, in the order of the claims: more than what they want where there is more
 */
export function fairShares(claims: readonly Claim[], total: number): readonly number[] {
  const order = claims.map((_, index) => index).sort((a, b) => modesty(claims[a]) - modesty(claims[b]));
  const modestFirst = order.map((index) => claims[index] as Claim);
  const [wanted, weights] = [
    sums(modestFirst.map((claim) => claim.wanted)),
    sums(modestFirst.map((claim) => claim.weight)),
  ];
  const shares = claims.map(() => 0);
  modestFirst.forEach((own, place) => {
    // What is left, and for what weights, once so many of the others have got what they want.
    const leftAfter = (count: number) => {
      const upto = count > place ? count + 1 : count;
      const self = count > place ? own : { wanted: 0, weight: 0 };
      const taken = (wanted[upto] ?? 0) - self.wanted;
      return { left: total - taken, weight: (weights.at(-1) ?? 0) - (weights[upto] ?? 0) + self.weight };
    };
    const isContent = (count: number): boolean => {
      const other = modestFirst[count >= place ? count + 1 : count] as Claim;
      const { left, weight } = leftAfter(count);
      return other.wanted * weight < left * other.weight;
    };
    let [content, beyond] = [0, claims.length - 1];
    while (content < beyond) {
      const middle = Math.floor((content + beyond) / 2);
      if (isContent(middle)) content = middle + 1;
      else beyond = middle;
    }
    const { left, weight } = leftAfter(content);
    shares[order[place] as number] = (left * own.weight) / weight;
  });
  return shares;
}

function modesty(claim: Claim | undefined): number {
  return claim === undefined ? 0 : claim.wanted / claim.weight;
}

/** Sums of the first 0, 1, 2, ... numbers. */
function sums(numbers: readonly number[]): readonly number[] {
  const all = [0];
  for (const number of numbers) all.push((all.at(-1) ?? 0) + number);
  return all;
}
