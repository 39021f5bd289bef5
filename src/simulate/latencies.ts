import type { Histogram } from "../measure/histogram.ts";
import { CLOCK_HZ } from "./costs.ts";
import type { Passing } from "./passing.ts";

/** A ring's two ends see each other's writes after this. */
const HAND_OVER_NS = 1000;
/** A system call, a wake-up and the way through the kernel. */
const KERNEL_HOP_NS = 12_000;
/** Points of the distribution that the histogram is made of. */
const STEPS = 400;
/** Highest load for which a queue is still one that empties: above it the ring is what limits the wait. */
const FULL = 0.995;

/** What one station adds to a packet's latency. */
interface Wait {
  /** Of every packet. */
  readonly leastNs: number;
  /** Behind others, in the mean. */
  readonly meanNs: number;
  /** Up to this while other threads have the CPU, for so large a share of the packets. */
  readonly offNs: number;
  readonly offShare: number;
}

/**
 * One-way latencies of the packets that passed a route: what passing each station takes at least; waiting behind others, by the mean of a queue with even
 * service (M/D/1) and an exponential tail; a full ring where a station cannot keep up, or holds the generator back; and, where threads share a CPU, the turns
 * of the others. The slowest packets at one station are taken to be the slowest at the next.
 */
export function latencies(
  passings: readonly Passing[],
  kernelHops: number,
  packets: number,
  random: () => number,
): Histogram {
  const jitter = 1 + 0.02 * (random() - 0.5);
  if (packets <= 0) return { count: 0, min: 0, max: 0, sum: 0, buckets: [] };
  const waits = passings.filter(({ rate }) => rate.station.kind !== "generator").map(waitOf);
  const leastNs = waits.reduce((sum, wait) => sum + wait.leastNs, kernelHops * KERNEL_HOP_NS);
  const meanNs = waits.reduce((sum, wait) => sum + wait.meanNs, 0);
  const atNs = (q: number) => Math.round((leastNs - meanNs * Math.log(1 - q) + offNsAt(waits, q)) * jitter);
  const counts = new Map<number, number>();
  let [sum, min, max, before] = [0, Number.POSITIVE_INFINITY, 0, 0];
  for (let step = 0; step < STEPS; step++) {
    const upto = Math.round(packets * quantileAt(step + 1));
    const share = upto - before;
    before = upto;
    if (share === 0) continue;
    const ns = atNs(quantileAt(step + 0.5));
    counts.set(bucketOf(ns), (counts.get(bucketOf(ns)) ?? 0) + share);
    sum += share * ns;
    min = Math.min(min, ns);
    max = Math.max(max, ns);
  }
  return { count: packets, min, max, sum, buckets: [...counts].sort(([a], [b]) => a - b) };
}

/** Steps grow finer towards the end, so that the tail has points of its own. */
function quantileAt(step: number): number {
  return 1 - (1 - step / STEPS) ** 3;
}

function waitOf({ rate, turns, overflowed }: Passing): Wait {
  const { station, wantedPps, inPps, capacityPps, share } = rate;
  const serviceNs = (station.cyclesPerPacket * 1e9) / (CLOCK_HZ * Math.max(share, 1e-6));
  const leastNs = HAND_OVER_NS + (station.cyclesPerPacket * 1e9) / CLOCK_HZ;
  const load = inPps / Math.max(1, capacityPps);
  const { offNs, offShare } = turns;
  const isFull = (station.holdsBack && wantedPps > capacityPps) || (overflowed > 0 && load > FULL);
  if (isFull) return { leastNs: leastNs + (station.ring * 1e9) / Math.max(1, capacityPps), meanNs: 0, offNs, offShare };
  const full = Math.min(FULL, load);
  const queued = Math.min(full / (2 * (1 - full)), station.ring);
  return { leastNs, meanNs: serviceNs * queued, offNs, offShare };
}

/** A packet that comes while others have the CPU waits for what is left of their turns: anything up to all of it. */
function offNsAt(waits: readonly Wait[], q: number): number {
  return waits.reduce((sum, { offNs, offShare }) => {
    return offShare > 0 && q > 1 - offShare ? sum + (offNs * (q - (1 - offShare))) / offShare : sum;
  }, 0);
}

/** Lower edge of the log-linear bucket of a latency: 128 steps in each power of two. */
function bucketOf(ns: number): number {
  if (ns < 128) return ns;
  const shift = Math.floor(Math.log2(ns)) - 7;
  return Math.floor(ns / 2 ** shift) * 2 ** shift;
}
