/** Rounding changes a load by a hundredth of the width at most. */
const SHARE_OF_WIDTH = 0.01;

/** A load with no more digits than the width gives a meaning to: 2,345,678.9 becomes 2,345,700 at a width of 0.5 %. */
export function roundLoad(loadPps: number, width: number): number {
  const quantum = 10 ** Math.floor(Math.log10(loadPps * width * SHARE_OF_WIDTH));
  if (quantum >= 1) return Math.round(loadPps / quantum) * quantum;
  const perUnit = Math.round(1 / quantum);
  return Math.round(loadPps * perUnit) / perUnit;
}
