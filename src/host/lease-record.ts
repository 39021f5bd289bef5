import { z } from "zod";

/** What a lease says of its holder. */
const leaseSchema = z.object({
  schema: z.literal("corebed/lease/1"),
  /** No two leases have the same. */
  id: z.string(),
  /** Who holds it, in words for those who wait. */
  owner: z.string(),
  process: z.object({
    pid: z.int().positive(),
    /** Ticks from the boot to the process' start: tells it from a later one with the same number. */
    startTime: z.string(),
    /** Numbers of processes mean something within one boot and one namespace only. */
    bootId: z.string(),
    namespace: z.string(),
  }),
  since: z.iso.datetime(),
  /** Counts up for as long as the holder is well. */
  beats: z.int().nonnegative(),
  /** What the holder has brought up, and whoever finds it dead should remove. */
  labs: z.array(z.string()),
});

export type LeaseRecord = z.infer<typeof leaseSchema>;
export type ProcessIdentity = LeaseRecord["process"];

/** Undefined if the text is no lease that this corebed understands. */
export function parseLease(text: string): LeaseRecord | undefined {
  try {
    return leaseSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function leaseText(record: LeaseRecord): string {
  return `${JSON.stringify(record, undefined, 1)}\n`;
}
