import type { Flag } from "./flag.ts";
import type { Histogram } from "./histogram.ts";
import type { HopLimit } from "./hop-limit.ts";
import type { CpuHygiene, NfHygiene, Pmd, SwitchPortHygiene, ThreadHygiene } from "./hygiene.ts";
import type { CountingPoint } from "./ledger.ts";
import type { Receiver } from "./receiver.ts";
import type { ChainTrial } from "./trial.ts";

/** What driving one trial yields, before anything is computed: counters, as differences between before and after. `makeTrial` makes a Trial of it. */
export interface TrialMeasurement {
  /** Place in the order that the trials really ran, from 0. */
  readonly index: number;
  /** Name of the arm that the trial belongs to. */
  readonly arm: string;
  /** Round of turns in which it ran. */
  readonly round: number;
  readonly purpose: string;
  /** Packets per second asked of each chain; undefined: as many as the first port takes. */
  readonly ratePps: number | undefined;
  /** Length of the trial as asked for. */
  readonly durationMs: number;
  /** Index of the disturbed trial that this one repeats. */
  readonly repeatOf?: number;
  /** Why the trial did not run to its end, as a sentence; undefined when it did. */
  readonly incomplete: string | undefined;
  readonly chains: readonly ChainMeasurement[];
  readonly cpus: readonly Omit<CpuHygiene, "stealRatio">[];
  readonly threads: readonly ThreadHygiene[];
  /** CPUs that several are to take turns on: also with programs whose threads are not among these. */
  readonly sharedCpus?: readonly { readonly host?: string | undefined; readonly cpu: number }[];
  readonly pmds: readonly Omit<Pmd, "cyclesPerPacket" | "busyRatio">[];
  readonly nfs: readonly Omit<NfHygiene, "busyRatio">[];
  readonly switchPorts: readonly SwitchPortHygiene[];
  /** What the generator alone can send in this lab's core layout, from the self-test; undefined when that was not measured. */
  readonly generatorCeilingPps: number | undefined;
  /** Whatever else the caller has to say about this trial. */
  readonly flags: readonly Flag[];
}

/** Windows in which a generator of corebed's counts how evenly it sends, in seconds. */
export const PACING_WINDOW_SECONDS = 0.1;

/** The counters of one chain in one trial. */
export interface ChainMeasurement
  extends Pick<
    ChainTrial,
    | "chain"
    | "direction"
    | "offered"
    | "sent"
    | "received"
    | "receivedBytes"
    | "durationNs"
    | "reordered"
    | "duplicates"
    | "clocks"
  > {
  readonly latency: Histogram | undefined;
  readonly receiver?: Receiver;
  /** Of hops with a limit; absent where there is none. */
  readonly limits?: readonly HopLimit[];
  /** Fewest and most packets that the generator sent in any whole window of 100 ms; absent where it told none. */
  readonly windows?: { readonly count: number; readonly minSent: number; readonly maxSent: number };
  /** Counters were read while packets flowed, because the sender or the receiver is none of corebed's: they need not agree to the packet. */
  readonly approximate?: boolean;
  /**
   * The places where packets are counted, in order, from the generator's port (packets = `sent`) to the last NF (packets = `received`). Packets that the
   * generator was asked for and did not send are put before the first by `makeTrial`.
   */
  readonly points: readonly CountingPoint[];
}
