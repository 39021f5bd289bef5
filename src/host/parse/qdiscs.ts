import { z } from "zod";

/** A token bucket on an interface, as the kernel has it (`tc -s -j qdisc show`). */
export interface TokenBucket {
  readonly interface: string;
  /** `cb1:`: tells whose it is. */
  readonly handle: string;
  readonly bytesPerSecond: number;
  /** A few bytes off what was asked for: the kernel keeps it as a time. */
  readonly burstBytes: number;
  /** What the queue had no room for. */
  readonly droppedPackets: number;
}

const row = z.object({
  kind: z.string(),
  dev: z.string().optional(),
  handle: z.string().optional(),
  options: z.object({ rate: z.number().optional(), burst: z.number().optional() }).optional(),
  drops: z.number().optional(),
});

/** The token buckets among the queues that tc lists; none in text that is no list of queues. */
export function parseTokenBuckets(text: string): readonly TokenBucket[] {
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    return [];
  }
  if (!Array.isArray(rows)) return [];
  return rows.flatMap((item): readonly TokenBucket[] => {
    const found = row.safeParse(item).data;
    if (found?.kind !== "tbf" || found.dev === undefined || found.handle === undefined) return [];
    return [
      {
        interface: found.dev,
        handle: found.handle,
        bytesPerSecond: found.options?.rate ?? 0,
        burstBytes: found.options?.burst ?? 0,
        droppedPackets: found.drops ?? 0,
      },
    ];
  });
}
