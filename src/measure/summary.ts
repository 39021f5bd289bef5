import { z } from "zod";
import type { Plain } from "./plain.ts";
import { count } from "./plain.ts";

export const summarySchema = z
  .object({
    median: z.number().describe("Median over the trials (mean of the middle two when their number is even)."),
    min: z.number().describe("Lowest trial."),
    max: z.number().describe("Highest trial."),
    mean: z.number().describe("Arithmetic mean over the trials."),
    n: count().describe("Trials that went in: the complete ones that have this number."),
  })
  .meta({ id: "summary" });

/** One number over the trials of an arm. */
export type Summary = Plain<z.infer<typeof summarySchema>>;

/** Undefined when there is nothing to summarise. */
export function summarise(values: readonly number[]): Summary | undefined {
  if (values.length === 0) return undefined;
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    n: values.length,
  };
}

/** The middle value, or the mean of the middle two; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}
