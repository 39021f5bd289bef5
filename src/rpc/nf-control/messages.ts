import { z } from "zod";

/**
 * The answers of an NF, as docs/nf-control.md gives them. Unknown fields are dropped, so a newer NF still talks to this corebed.
 *
 * A count is any non-negative integer: a TSC passes 2^53 after some forty days of uptime, and then is exact only to a few cycles.
 */
const count = z.number().nonnegative().refine(Number.isInteger, "expected an integer");

const thread = z
  .object({
    name: z.enum(["main", "worker"]),
    lcore: count,
    /** CPU that the thread is pinned to. */
    cpu: count,
    /** Linux thread id, in the NF's PID namespace. */
    tid: count,
  })
  .readonly();

const portInfo = z
  .object({
    index: count,
    driver: z.string(),
    mac: z.string(),
    /** Kernel interface, for ports on one. */
    iface: z.string().optional(),
    queueSize: count,
    /** Of each direction; an NF that does not say has one. */
    queues: count.default(1),
    /** The driver's way through its rings in its own words, such as `packed ring vectorized`; absent if it has told none. */
    rxPath: z.string().optional(),
    txPath: z.string().optional(),
    mtu: count,
  })
  .readonly();

const kernelCounters = z
  .object({
    rxPackets: count,
    rxDropped: count,
    rxErrors: count,
    txPackets: count,
    txDropped: count,
    txErrors: count,
    /** What the packet socket's ring had no room for. */
    ringDropped: count,
  })
  .readonly();

const portCounters = {
  index: count,
  /** Whether a memif has its peer; other ports are up from the start. */
  linkUp: z.boolean().optional(),
  rxPackets: count,
  rxBytes: count,
  txPackets: count,
  txBytes: count,
  /** What the port refused and the NF dropped. */
  txUnsent: count,
  rxNoMbuf: count,
  /** What a network card had no free descriptor for; absent for other ports. */
  rxMissed: count.optional(),
  kernel: kernelCounters.optional(),
};

const workerCounters = z
  .object({ iterations: count, emptyPolls: count, yields: count, busyTsc: count, idleTsc: count })
  .readonly();

const pktgenCounters = z
  .object({
    /** What the schedule asked for; without a rate the same as `sent`. */
    offered: count,
    /** What the port accepted. */
    sent: count,
    /** The same in bytes, with the 4-byte FCS of each frame. */
    sentBytes: count,
    startTsc: count,
    stopTsc: count,
    /** Packets sent in each whole window of 100 ms from the start on: how evenly they were paced. */
    windows: z.object({ count, minSent: count, maxSent: count }).readonly(),
  })
  .readonly();

/**
 * Pairs of counts. There are thousands in an answer, and a scrape reads the answers of all NFs of the host: a check by a schema for each number took
 * most of its time.
 */
const pairs = z.custom<readonly (readonly [number, number])[]>(isPairs, "expected pairs of counts");

function isPairs(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && isCount(pair[0]) && isCount(pair[1]))
  );
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0;
}

const latency = z
  .object({
    count,
    min: count,
    max: count,
    sum: count,
    /** `[lower edge in ns, count]` of the buckets that are not empty. */
    buckets: pairs,
  })
  .readonly();

const flowCounters = z
  .object({ flow: count, packets: count, bytes: count, lost: count, reordered: count, duplicates: count })
  .readonly();

const statsCounters = z
  .object({
    received: count,
    receivedBytes: count,
    foreign: count,
    foreignBytes: count,
    stale: count,
    lost: count,
    reordered: count,
    duplicates: count,
    firstTsc: count,
    lastTsc: count,
    latencyNs: latency,
    interArrivalNs: latency,
    /** `[bytes with the FCS, packets]`. */
    sizes: pairs,
    protocols: z.record(z.string(), count).readonly(),
    /** In the terms of RFC 4737; `extents` by powers of two. */
    reorder: z
      .object({
        reordered: count,
        maxExtent: count,
        extents: pairs,
        unknownExtent: count,
        nReordered: z.array(count).readonly(),
      })
      .readonly(),
    /** Only where `start` told the flows. */
    flows: z
      .object({
        seen: count,
        expected: count,
        withLoss: count,
        lost: count,
        reordered: count,
        duplicates: count,
        top: z.array(flowCounters).readonly(),
        worst: z.array(flowCounters).readonly(),
      })
      .readonly()
      .optional(),
  })
  .readonly();

const l2fwdCounters = z
  .object({
    forwarded: count,
    /** By its own rules. */
    dropped: count,
  })
  .readonly();

/** Of what was to leave by a port. */
const l2fwdPortCounters = z.object({ dropped: count }).readonly();

const impaired = {
  forwarded: count,
  /** On purpose. */
  lost: count,
  /** Copies that were made on purpose. */
  duplicated: count,
  reordered: count,
  /** What there was no room for to wait, copies included. */
  overflowed: count,
};

const impairCounters = z
  .object({
    ...impaired,
    /** Packets that wait now. */
    waiting: count,
  })
  .readonly();

/** Of what was to leave by a port. */
const impairPortCounters = z.object(impaired).readonly();

/** Answer to `info`. */
export const nfInfoSchema = z
  .object({
    app: z.string(),
    version: z.string(),
    dpdk: z.string(),
    pid: count,
    tscHz: count.positive(),
    /** Whether the workers give their CPU up between bursts, because they share it. */
    yield: z.boolean(),
    threads: z.array(thread).readonly(),
    ports: z.array(portInfo).readonly(),
  })
  .readonly();

/** Answer to `clock`: one moment on the clocks of the NF's machine. */
export const nfClockSchema = z
  .object({
    tsc: count,
    tscHz: count.positive(),
    /** Since 1970-01-01 UTC. */
    unixNs: count,
  })
  .readonly();

const common = {
  tsc: count,
  tscHz: count.positive(),
  running: z.boolean(),
  trial: count,
  worker: workerCounters,
};

/** Counters of ports, with what the app tells of one port alone: a receiver of all but the first, a generator of none. */
function portsWith<App extends z.ZodType>(app: App) {
  return z.array(z.object({ ...portCounters, app: app.optional() }).readonly()).readonly();
}

const plainPorts = z.array(z.object(portCounters).readonly()).readonly();

/** Answer to `stats`, by the kind of NF that was asked. */
export const nfStatsSchemas = {
  pktgen: z.object({ ...common, ports: plainPorts, app: pktgenCounters, reverse: statsCounters.optional() }).readonly(),
  stats: z
    .object({ ...common, ports: portsWith(statsCounters), app: statsCounters, reverse: pktgenCounters.optional() })
    .readonly(),
  l2fwd: z.object({ ...common, ports: portsWith(l2fwdPortCounters), app: l2fwdCounters }).readonly(),
  impair: z.object({ ...common, ports: portsWith(impairPortCounters), app: impairCounters }).readonly(),
} as const;

export const NF_APPS = [
  "pktgen",
  "stats",
  "l2fwd",
  "impair",
] as const satisfies readonly (keyof typeof nfStatsSchemas)[];
/** The built-in NFs. */
export type NfApp = keyof typeof nfStatsSchemas;
/** Answer to `info`. */
export type NfInfo = z.infer<typeof nfInfoSchema>;
/** Answer to `clock`. */
export type NfClock = z.infer<typeof nfClockSchema>;
/** Answer to `stats` of an NF. */
export type NfStats<A extends NfApp = NfApp> = z.infer<(typeof nfStatsSchemas)[A]>;

/** The flows of a generator; a receiver that is told the same knows how many packets of each were sent. */
export interface NfFlows {
  /** 1 to 1,000,000. */
  readonly count: number;
  /** Which flow the next packet belongs to. */
  readonly choice: "round-robin" | "uniform" | "zipf";
  /** Exponent of Zipf's law, 0 to 10. */
  readonly skew: number;
  /** What tells flows apart. */
  readonly vary: "port" | "address";
  /** Of the order in which uniform and Zipf choices come, 32 bits. */
  readonly seed?: number;
}

/** Parameters of `start`, by the kind of NF. `trial` marks the packets, and the counters, of one trial. */
export interface NfStart {
  readonly pktgen: {
    readonly trial: number;
    /** Sizes with the 4-byte FCS, 64 to 9018, and how many of each there are in a cycle; at most 256 sizes and 1024 frames in a cycle. */
    readonly frames: readonly { readonly bytes: number; readonly weight: number }[];
    readonly flows: NfFlows;
    /** Packets per second; 0 means as fast as the port takes them. */
    readonly ratePps: number;
    /** Packets handed to the port at once. */
    readonly burst: number;
    /** Packets of the whole trial; without it, until it is stopped. */
    readonly packets?: number;
    readonly dstMac: string;
    /** Addresses of the network layer's family. */
    readonly srcIp: string;
    readonly dstIp: string;
    /** VLAN id of a tag, 1 to 4094. */
    readonly vlan?: number;
    readonly network?: "ipv4" | "ipv6";
    readonly transport?: "udp" | "tcp";
    /** Capture to replay, by its path in the NF's container; its frames carry no stamp. */
    readonly pcap?: string;
    /** Begin to receive but send only when told so (`send`): both ends must be in the trial before a packet is sent. */
    readonly hold?: boolean;
    /** For the receiver beside it (`--also stats`). */
    readonly reverse?: { readonly flows?: NfFlows; readonly tscAhead?: readonly number[] };
  };
  readonly stats: {
    readonly trial: number;
    /** Those of the generator; without them there are no figures per flow. */
    readonly flows?: NfFlows;
    /** Ticks by which the TSC of each port's generator is ahead of this NF's, modulo 2^40; without it 0, as on one machine. */
    readonly tscAhead?: readonly number[];
    readonly hold?: boolean;
    /** For the generator beside it (`--also pktgen`). */
    readonly reverse?: Omit<NfStart["pktgen"], "hold" | "reverse">;
  };
  readonly l2fwd: {
    readonly trial: number;
    readonly mode?: "rewrite" | "macswap";
    readonly drop?: readonly {
      readonly every?: number;
      readonly srcPort?: number;
      readonly dstPort?: number;
      readonly protocol?: "udp" | "tcp";
    }[];
    /** What each packet costs besides: TSC cycles, and a cache line of a working set of this size. */
    readonly work?: { readonly cycles: number; readonly memoryBytes: number };
    /** Destination address of what leaves by each port. */
    readonly rewrite?: readonly {
      readonly port: number;
      readonly dstMac: string;
      /** Both or neither. */
      readonly srcIp?: string;
      readonly dstIp?: string;
    }[];
  };
  readonly impair: {
    readonly trial: number;
    readonly mode?: "rewrite" | "macswap";
    readonly rewrite?: NfStart["l2fwd"]["rewrite"];
    /** Times up to a second, jitter up to the delay; shares in parts per billion. */
    readonly impair?: {
      readonly delayNs?: number;
      readonly jitterNs?: number;
      readonly lossPpb?: number;
      readonly duplicatePpb?: number;
      readonly reorderPpb?: number;
      /** Of the lots by which packets meet their fate, 32 bits. */
      readonly seed?: number;
    };
  };
}
