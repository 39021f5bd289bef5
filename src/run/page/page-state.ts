import type { ProgressArm, ProgressTrial } from "./progress-of.ts";

/**
 * What the page shows, as `/events` sends it once a second. Rates are per second since the reading before and are absent where there is none to compare
 * with; shares are 0 to 1; latencies are nanoseconds.
 */
export interface PageState {
  /** When it was read, in milliseconds since 1970. */
  readonly at: number;
  /** Whether the Docker engine answered; labs are found through it. */
  readonly docker: boolean;
  /** CPUs on which labs poll, ascending. */
  readonly cpus: readonly PageCpu[];
  readonly labs: readonly PageLab[];
  /** Commands that measure now. */
  readonly runs: readonly PageRun[];
  /** Commands that ended while somebody looked, the last one first. */
  readonly finished: readonly FinishedRun[];
}

export interface PageCpu {
  readonly cpu: number;
  /** Share of the time that the kernel saw it busy: polling is busy, with or without packets. */
  readonly busy?: number;
  /** Share taken by the hypervisor. */
  readonly steal?: number;
  readonly owners: readonly CpuOwner[];
}

/** Something that polls on a CPU. */
export interface CpuOwner {
  readonly lab: string;
  /** NF's name or `switch`. */
  readonly name: string;
  /** `switch`, an app, or empty for an image of the user's own. */
  readonly app: string;
  readonly state: PartState;
  /** Share of its polls' cycles that had packets. */
  readonly busy?: number;
}

/** `stopped` includes frozen: labs of one comparison wait that way for their turn. `silent` runs and does not answer. */
export type PartState = "up" | "silent" | "stopped";

export interface PageLab {
  readonly name: string;
  readonly state: PartState;
  readonly chains: readonly PageChain[];
}

export interface PageChain {
  readonly name: string;
  readonly nfs: readonly PageNf[];
  /** In order, one fewer than the NFs. */
  readonly hops: readonly PageHop[];
  readonly sentPps?: number;
  readonly receivedPps?: number;
  readonly droppedPps?: number;
  /** Of the packets that came since the reading before. */
  readonly p50Ns?: number;
  readonly p99Ns?: number;
}

export interface PageNf {
  readonly name: string;
  readonly app: string;
  readonly cpu: number;
  readonly state: PartState;
}

export interface PageHop {
  readonly from: string;
  readonly to: string;
  readonly datapath: string;
  /** What arrived at the far end. */
  readonly pps?: number;
  readonly droppedPps?: number;
  /** Where packets were dropped, those only. */
  readonly drops: readonly { readonly reason: string; readonly pps: number }[];
}

export interface PageRun {
  readonly id: string;
  readonly command: string;
  readonly topology: string;
  readonly labs: readonly string[];
  readonly startedAt: string;
  readonly resultPath: string;
  readonly trial?: PageTrial;
  /** Milliseconds until the last trial should be over. */
  readonly remainingMs?: number;
  /** Trials that are over. */
  readonly done: number;
  readonly arms: readonly ProgressArm[];
  readonly trials: readonly ProgressTrial[];
}

/** The trial under way. */
export interface PageTrial {
  readonly arm: string;
  readonly lab: string;
  readonly purpose: string;
  readonly number: number;
  readonly total?: number;
  readonly elapsedMs: number;
  readonly durationMs: number;
  readonly askedPps?: number;
}

export interface FinishedRun extends Omit<PageRun, "trial" | "remainingMs"> {
  /** `complete` and `cut-short` are the result file's word; `unknown` where it cannot be read. */
  readonly outcome: "complete" | "cut-short" | "unknown";
}

/** A point of the charts of one chain. */
export interface HistoryPoint {
  readonly at: number;
  readonly receivedPps?: number;
  readonly droppedPps?: number;
  readonly p50Ns?: number;
  readonly p99Ns?: number;
}
