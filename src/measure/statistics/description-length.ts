/** Of the largest value: what a measurement is taken to be exact to, as in CSIT's jumpavg (12 bits). */
const STEPS = 4096;

/**
 * Bits to describe the values from `first` up to `end` as one group of normal numbers of unknown mean and spread. The code is the Bayesian mixture over all
 * means up to the largest value and all spreads from one step to it (uniform in the logarithm), which pays for the two parameters without an arbitrary
 * price for them (Rissanen 1989; Gruenwald 2007, 8.3); with S the squared deviations from the mean of n values and R the largest:
 *
 *   P = Gamma((n-1)/2) / (2 sqrt(n) pi^((n-1)/2) S^((n-1)/2)) / (R ln STEPS)
 *
 * To it come the bits to say where the group starts. `error` is the standard error of the values where it is known: groups are not described as narrower.
 */
export function segmentCosts(values: readonly number[], error: number): (first: number, end: number) => number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  // In steps, and about the first value, which keeps the sums of squares small and exact.
  const scaled = values.map((value) => ((value - (values[0] ?? 0)) / largest) * STEPS);
  const sums = prefixSums(scaled);
  const squares = prefixSums(scaled.map((value) => value ** 2));
  const narrowest = 1 / 12 + ((error / largest) * STEPS) ** 2;
  const place = Math.log2(values.length + 1);
  const gammas = logGammaHalves(values.length);
  return (first, end) => {
    const n = end - first;
    if (n === 1) return place + Math.log2(STEPS);
    const sum = (sums[end] ?? 0) - (sums[first] ?? 0);
    const deviations = (squares[end] ?? 0) - (squares[first] ?? 0) - sum ** 2 / n;
    const spread = Math.max(deviations, (n - 1) * narrowest) + n / 12;
    const half = (n - 1) / 2;
    const nats = Math.log(2 * STEPS * Math.log(STEPS)) + Math.log(n) / 2 + half * Math.log(Math.PI * spread);
    return place + (nats - (gammas[n - 1] ?? 0)) / Math.LN2;
  };
}

function prefixSums(values: readonly number[]): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (const [index, value] of values.entries()) sums[index + 1] = (sums[index] ?? 0) + value;
  return sums;
}

/** ln Gamma(k/2) for k = 0 (of no meaning), 1, 2, ..., n by Gamma(x + 1) = x Gamma(x). */
function logGammaHalves(n: number): Float64Array {
  const result = new Float64Array(Math.max(3, n + 1));
  result[1] = Math.log(Math.PI) / 2;
  for (let k = 3; k <= n; k++) result[k] = Math.log(k / 2 - 1) + (result[k - 2] ?? 0);
  return result;
}
