import { z } from "zod";
import type { Plain } from "../plain.ts";

export const medianIntervalSchema = z
  .object({
    low: z.number().describe("Packets per second."),
    high: z.number().describe("Packets per second."),
    confidence: z.number().min(0).max(1).describe("Share of such intervals that hold the true median."),
  })
  .meta({ id: "medianInterval" });

/** An interval of a median, from the trials alone. */
export type MedianInterval = Plain<z.infer<typeof medianIntervalSchema>>;

/**
 * The shortest interval between two order statistics that holds the median with at least the confidence asked for, or the whole range where that does not
 * reach it: five trials reach 93.75 %. It takes nothing for granted about how trials scatter. Undefined for fewer than two.
 */
export function medianInterval(values: readonly number[], confidence = 0.95): MedianInterval | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  if (n < 2) return undefined;
  let [cut, outside] = [0, 2 * 0.5 ** n];
  let term = 0.5 ** n;
  for (let k = 1; k < Math.floor(n / 2); k++) {
    term *= (n - k + 1) / k;
    if (outside + 2 * term > 1 - confidence) break;
    [cut, outside] = [k, outside + 2 * term];
  }
  return { low: sorted[cut] ?? Number.NaN, high: sorted[n - 1 - cut] ?? Number.NaN, confidence: 1 - outside };
}
