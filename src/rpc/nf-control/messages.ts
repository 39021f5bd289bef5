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

const portCounters = z
  .object({
    index: count,
    rxPackets: count,
    rxBytes: count,
    txPackets: count,
    txBytes: count,
    /** What the port refused and the NF dropped. */
    txUnsent: count,
    rxNoMbuf: count,
    kernel: kernelCounters.optional(),
  })
  .readonly();

const workerCounters = z
  .object({ iterations: count, emptyPolls: count, yields: count, busyTsc: count, idleTsc: count })
  .readonly();

const pktgenCounters = z.object({ offered: count, sent: count, startTsc: count, stopTsc: count }).readonly();

const latency = z
  .object({
    count,
    min: count,
    max: count,
    sum: count,
    /** `[lower edge in ns, count]` of the buckets that are not empty. */
    buckets: z.array(z.tuple([count, count]).readonly()).readonly(),
  })
  .readonly();

const statsCounters = z
  .object({
    received: count,
    receivedBytes: count,
    foreign: count,
    stale: count,
    lost: count,
    reordered: count,
    duplicates: count,
    firstTsc: count,
    lastTsc: count,
    latencyNs: latency,
  })
  .readonly();

const l2fwdCounters = z.object({ forwarded: count }).readonly();

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

const common = {
  tsc: count,
  tscHz: count.positive(),
  running: z.boolean(),
  trial: count,
  ports: z.array(portCounters).readonly(),
  worker: workerCounters,
};

/** Answer to `stats`, by the kind of NF that was asked. */
export const nfStatsSchemas = {
  pktgen: z.object({ ...common, app: pktgenCounters }).readonly(),
  stats: z.object({ ...common, app: statsCounters }).readonly(),
  l2fwd: z.object({ ...common, app: l2fwdCounters }).readonly(),
} as const;

/** The built-in NFs. */
export type NfApp = keyof typeof nfStatsSchemas;
/** Answer to `info`. */
export type NfInfo = z.infer<typeof nfInfoSchema>;
/** Answer to `stats` of an NF. */
export type NfStats<A extends NfApp = NfApp> = z.infer<(typeof nfStatsSchemas)[A]>;

/** Parameters of `start`, by the kind of NF. `trial` marks the packets, and the counters, of one trial. */
export interface NfStart {
  readonly pktgen: {
    readonly trial: number;
    /** With the 4-byte FCS. */
    readonly frameBytes: number;
    readonly flows: number;
    /** Packets per second; 0 means as fast as the port takes them. */
    readonly ratePps: number;
    /** Packets handed to the port at once. */
    readonly burst: number;
    readonly dstMac: string;
    readonly srcIp: string;
    readonly dstIp: string;
  };
  readonly stats: { readonly trial: number };
  readonly l2fwd: {
    readonly trial: number;
    /** Destination address of what leaves by each port. */
    readonly rewrite?: readonly {
      readonly port: number;
      readonly dstMac: string;
      /** Both or neither. */
      readonly srcIp?: string;
      readonly dstIp?: string;
    }[];
  };
}
