import type { Lab } from "../lab/lab.ts";
import type { Histogram } from "../measure/histogram.ts";
import type { StationRate } from "./rates.ts";

/** A ring's two ends see each other's writes after this. */
const HAND_OVER_NS = 1000;
/** A system call, a wake-up and the bridge. */
const KERNEL_HOP_NS = 12_000;
/** Turns that NFs take on a shared CPU, by Linux' base slice. */
const SLICE_NS = 1_400_000;
/** Points of the distribution that the histogram is made of. */
const STEPS = 400;

/**
 * One-way latencies of the packets of a chain: what passing each station takes at least, and waiting behind others, by the mean of a queue with even service
 * (M/D/1: load / (2 (1 - load)) services) with an exponential tail; a ring that is full when a station cannot keep up; a time slice where CPUs are shared.
 */
export function latencies(rates: readonly StationRate[], lab: Lab, packets: number, random: () => number): Histogram {
  if (packets <= 0) return { count: 0, min: 0, max: 0, sum: 0, buckets: [] };
  const stations = rates.filter(({ station }) => station.kind !== "generator");
  const kernelHops = lab.hops.filter(({ datapath }) => datapath !== "vhost-user").length;
  const leastNs = stations.length * HAND_OVER_NS + kernelHops * KERNEL_HOP_NS;
  const meanWaitNs = stations.reduce((sum, rate) => sum + waitNs(rate), 0);
  const jitter = 1 + 0.02 * (random() - 0.5);
  const counts = new Map<number, number>();
  let [sum, max] = [0, leastNs];
  let left = packets;
  for (let step = 0; step < STEPS && left > 0; step++) {
    // Steps grow finer towards the end, so that the tail has points of its own.
    const q = 1 - (1 - (step + 0.5) / STEPS) ** 3;
    const share = step === STEPS - 1 ? left : Math.min(left, Math.round(packets * width(step)));
    const ns = Math.round((leastNs - meanWaitNs * Math.log(1 - q)) * jitter);
    if (share <= 0) continue;
    left -= share;
    const edge = bucketOf(ns);
    counts.set(edge, (counts.get(edge) ?? 0) + share);
    sum += share * ns;
    max = Math.max(max, ns);
  }
  const buckets = [...counts].sort(([a], [b]) => a - b);
  return { count: packets - left, min: buckets[0]?.[0] ?? 0, max, sum, buckets };
}

function width(step: number): number {
  return (1 - step / STEPS) ** 3 - (1 - (step + 1) / STEPS) ** 3;
}

function waitNs({ station, inPps, outPps, load, shared }: StationRate): number {
  const serviceNs = outPps > 0 ? (1e9 * Math.max(load, 1e-6)) / outPps : 0;
  if (outPps < inPps * 0.999) return (station.ring * 1e9) / Math.max(1, outPps);
  const full = Math.min(0.995, load / Math.max(1e-9, shared));
  const slice = shared < 0.999 && full > 0.9 ? SLICE_NS * 0.05 : 0;
  return (serviceNs * full) / (2 * (1 - full)) + slice;
}

/** Lower edge of the log-linear bucket of a latency: 128 steps in each power of two. */
function bucketOf(ns: number): number {
  if (ns < 128) return ns;
  const shift = Math.floor(Math.log2(ns)) - 7;
  return Math.floor(ns / 2 ** shift) * 2 ** shift;
}
