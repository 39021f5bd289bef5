/** Packets per second to ask the generator for; `max`: as many as its port takes. */
export type Load = number | "max";

/** One trial that a method wants. */
export interface MeasureRequest {
  readonly loadPps: Load;
  /** Length of the sending interval. */
  readonly durationMs: number;
  /** What the trial is for, as people read it: "NDR", "latency at 50 %". */
  readonly purpose: string;
  /** A burst: exactly this many packets if the generator can count them, else as many as `durationMs` holds. */
  readonly packets?: number;
}

/** What a method must know of a trial that ran. */
export interface SearchTrial {
  /** Finds the caller's own record of the trial (`Trial.index`). */
  readonly trial: number;
  /** As it was asked for. */
  readonly loadPps: Load;
  /** As it was asked for. */
  readonly durationMs: number;
  /** What the trial counts for in sums of durations: at least its sending interval; settling and draining may be added (RFC 9971, trial effective duration). */
  readonly effectiveDurationMs: number;
  /** Packets that the generator was asked to send in all; what it sent where the load was `max`. Unsent packets count as lost. */
  readonly offered: number;
  readonly received: number;
  /** Packets per second that really left the generator, over the same interval as `forwardingPps`. */
  readonly sentPps: number;
  /** Packets per second received over the sending interval. */
  readonly forwardingPps: number;
  /** Whether the generator reached the rate that it was asked for; true where that was `max`. */
  readonly reached: boolean;
  /** False for a trial that says nothing about the system: it was cut short, or disturbed from outside. `reached` does not matter here. */
  readonly usable: boolean;
  /** Percentiles of the one-way latency in nanoseconds, where it was measured. */
  readonly latencyNs?: { readonly min: number; readonly p50: number; readonly p99: number; readonly max: number };
}

/** Runs one trial. What it rejects with ends the method and reaches the caller of the method. */
export type Measure = (request: MeasureRequest) => Promise<SearchTrial>;

/** (offered - received) / offered, not below 0; 1 when nothing was offered, as that must never pass for a trial without loss. */
export function lossRatioOf({ offered, received }: Pick<SearchTrial, "offered" | "received">): number {
  return offered > 0 ? Math.max(0, (offered - received) / offered) : 1;
}
