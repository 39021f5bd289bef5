/**
 * A topology: what the user's file says, with every default filled in. Plain readonly data; produced by `parseTopology`, resolved against a host by
 * `resolveLab`.
 */
export interface Topology {
  readonly name: string;
  /** The affinity map, in the order of the file. */
  readonly cores: readonly CoreAssignment[];
  /** In the order of the file; names are unique. */
  readonly nfs: readonly NfSpec[];
  /** In the order of the file; names are unique. */
  readonly chains: readonly ChainSpec[];
  /** What carries packets over every hop that names no datapath of its own. */
  readonly datapath: Datapath;
  readonly switch: SwitchSpec;
  readonly traffic: TrafficSpec;
  readonly compare: CompareSpec | undefined;
  readonly expect: readonly Expectation[];
}

/** What carries packets between two ports. */
export const DATAPATHS = ["vhost-user", "docker-bridge", "macvlan", "host"] as const;
export type Datapath = (typeof DATAPATHS)[number];

/** The built-in NFs. An NF without `app` is the user's own image. */
export const APPS = ["pktgen", "stats", "l2fwd"] as const;
export type App = (typeof APPS)[number];

/** The word in `cores:` that stands for the OVS-DPDK switch of the lab. */
export const SWITCH_OWNER = "switch";

/** One line of the affinity map: a CPU and what runs on it. */
export interface CoreAssignment {
  readonly cpu: number;
  /** `SWITCH_OWNER` or names of NFs; several share the CPU. */
  readonly owners: readonly string[];
}

/** One NF: a container with ports. Exactly one of `app` and `image` is given. */
export interface NfSpec {
  readonly name: string;
  readonly app: App | undefined;
  /** The user's own image. */
  readonly image: string | undefined;
  /** argv of the container; only with `image`. */
  readonly command: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Descriptors in each of the port's rings: a power of two. */
  readonly queueSize: number;
  /** Huge-page memory of the NF, a multiple of 2 MiB. */
  readonly memoryMib: number;
}

/** NFs in order; traffic enters at the first and ends at the last. */
export interface ChainSpec {
  readonly name: string;
  readonly path: readonly string[];
  /** One entry for each hop (path length less one); undefined takes the topology's datapath. */
  readonly hops: readonly (Datapath | undefined)[];
}

export interface SwitchSpec {
  /** `container`: corebed runs OVS-DPDK of its own for the lab. `host`: an OVS that is there already. */
  readonly mode: "container" | "host";
  /** Run directory of an existing OVS; only with mode `host`. */
  readonly runDirectory: string;
  /** vhost transmit retries, 0 to 32 (OVS's default is 8). */
  readonly txRetries: number;
  /** Longest sleep of an idle PMD thread in microseconds, 0 (busy polling) to 10000. */
  readonly pmdMaxSleepUs: number;
  /** Inverse probability of inserting into the exact-match cache; 0 turns it off. */
  readonly emcInsertInvProb: number;
}

export interface TrafficSpec {
  /** Frame size in bytes with the 4-byte FCS. */
  readonly frameBytes: number;
  readonly flows: number;
  /** Packets per second offered to each chain; undefined: as many as the first port takes. */
  readonly ratePps: number | undefined;
  readonly durationMs: number;
  /** Traffic before each trial, not counted. */
  readonly warmupMs: number;
  readonly burst: number;
}

export interface CompareSpec {
  readonly datapaths: readonly Datapath[];
  /** Trials of each datapath. */
  readonly repeats: number;
}

/** `throughput(vhost-user) >= 5 * throughput(docker-bridge)`: two linear terms and a relation. */
export interface Expectation {
  readonly text: string;
  readonly left: Term;
  readonly relation: ">=" | "<=" | ">" | "<";
  readonly right: Term;
}

/** `factor * metric(arm)`, or a plain number in the metric's base unit (packets per second, seconds, ratio). */
export type Term =
  | { readonly kind: "number"; readonly value: number }
  | {
      readonly kind: "metric";
      readonly factor: number;
      readonly metric: Metric;
      readonly datapath: Datapath | undefined;
    };

/** throughput in packets/s, bandwidth in bit/s, loss as a ratio 0..1, latency_p50 and latency_p99 in seconds. */
export const METRICS = ["throughput", "bandwidth", "loss", "latency_p50", "latency_p99"] as const;
export type Metric = (typeof METRICS)[number];
