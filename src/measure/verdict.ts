import type { Interval, Verdict } from "./result.ts";

/** Differences smaller than this are not worth a word. */
export const SAME_WITHIN = 0.05;

/** What an interval of a throughput ratio to the first arm says. Without an interval (too few trials) nothing can be said. */
export function verdictOf(interval: Interval | undefined): Verdict {
  if (interval === undefined) return "unknown";
  if (interval.low >= 1 - SAME_WITHIN && interval.high <= 1 + SAME_WITHIN) return "same";
  if (interval.low > 1) return "better";
  if (interval.high < 1) return "worse";
  return "unknown";
}
