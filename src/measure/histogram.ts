import { z } from "zod";
import type { Plain } from "./plain.ts";
import { count } from "./plain.ts";

export const histogramSchema = z
  .object({
    count: count().describe("Packets whose latency was measured."),
    min: count().describe("Lowest latency seen, exact, in nanoseconds; 0 when nothing was measured."),
    max: count().describe("Highest latency seen, exact, in nanoseconds; 0 when nothing was measured."),
    sum: z.number().nonnegative().describe("Sum of all latencies in nanoseconds, for the mean."),
    buckets: z
      .array(z.tuple([count(), count()]))
      .describe(
        "[lower edge in nanoseconds, packets], ascending, only those that are not empty. The steps are log-linear, 128 to each power of two, so a value is " +
          "less than 1 % above its bucket's lower edge.",
      ),
  })
  .meta({ id: "histogram" });

/** Latencies of many packets, as an NF's control socket gives them (docs/nf-control.md). */
export type Histogram = Plain<z.infer<typeof histogramSchema>>;

export const EMPTY_HISTOGRAM: Histogram = { count: 0, min: 0, max: 0, sum: 0, buckets: [] };

/** One histogram of all the packets of several. */
export function mergeHistograms(histograms: readonly Histogram[]): Histogram {
  const measured = histograms.filter((histogram) => histogram.count > 0);
  if (measured.length === 0) return EMPTY_HISTOGRAM;
  const packetsByEdge = new Map<number, number>();
  for (const [edge, packets] of measured.flatMap((histogram) => histogram.buckets)) {
    packetsByEdge.set(edge, (packetsByEdge.get(edge) ?? 0) + packets);
  }
  return {
    count: sumOf(measured, (histogram) => histogram.count),
    min: Math.min(...measured.map((histogram) => histogram.min)),
    max: Math.max(...measured.map((histogram) => histogram.max)),
    sum: sumOf(measured, (histogram) => histogram.sum),
    buckets: [...packetsByEdge].sort(([a], [b]) => a - b),
  };
}

/**
 * The smallest latency in nanoseconds that at least the share `q` of the packets did not exceed (nearest rank), by the lower edge of its bucket: less
 * than 1 % too low, never outside the extremes. Undefined when nothing was measured.
 */
export function quantile(histogram: Histogram, q: number): number | undefined {
  const total = sumOf(histogram.buckets, ([, packets]) => packets);
  if (total === 0) return undefined;
  const rank = Math.max(1, Math.ceil(q * total));
  if (rank >= total && q >= 1) return histogram.max;
  let passed = 0;
  for (const [edge, packets] of histogram.buckets) {
    passed += packets;
    if (passed >= rank) return Math.min(histogram.max, Math.max(histogram.min, edge));
  }
  return histogram.max;
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
