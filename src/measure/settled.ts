/** How many windows must agree, and how far apart they may be. */
export const SETTLED = { windows: 3, spread: 0.1 } as const;

/**
 * Whether a rate is steady: its last three windows lie within a tenth of their mean. A slow start (caches that fill, flows that are set up, a CPU that changes
 * its clock) differs by more from window to window; the noise of an ordinary machine by less.
 *
 * @param rates of successive windows of equal length, the latest last
 */
export function isSettled(rates: readonly number[]): boolean {
  const last = rates.slice(-SETTLED.windows);
  if (last.length < SETTLED.windows) return false;
  const mean = last.reduce((sum, rate) => sum + rate, 0) / last.length;
  return Math.max(...last) - Math.min(...last) <= SETTLED.spread * mean;
}
