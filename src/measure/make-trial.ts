import type { FlagCode } from "./flag.ts";
import type { Histogram } from "./histogram.ts";
import { mergeHistograms, quantile } from "./histogram.ts";
import type { CountingPoint, Ledger } from "./ledger.ts";
import { balance } from "./ledger.ts";
import type { ChainMeasurement, TrialMeasurement } from "./measurement.ts";
import type { ChainTrial, Latency, Trial } from "./trial.ts";
import { trialFlags } from "./trial-flags.ts";

/** What makes a trial's figures those of something else than the lab under the load asked. */
export const UNUSABLE: readonly FlagCode[] = ["incomplete", "nothing-sent", "short-of-rate"];

/** Computes everything of a trial that follows from its counters: rates, ratios, percentiles, the ledger and the flags. */
export function makeTrial(measurement: TrialMeasurement): Trial {
  const chains = measurement.chains.map((chain) => makeChainTrial(chain));
  const latencyNs = latencyOf(mergeHistograms(chains.flatMap((chain) => chain.latencyHistogram ?? [])));
  const pmds = measurement.pmds.map((pmd) => {
    const cyclesPerPacket = perPacket(pmd.busyCycles, pmd.packets);
    const busyRatio = shareOf(pmd.busyCycles, pmd.idleCycles);
    return { ...pmd, busyRatio, ...(cyclesPerPacket !== undefined && { cyclesPerPacket }) };
  });
  const switchCyclesPerPacket = perPacket(sum(pmds.map((pmd) => pmd.busyCycles)), sum(pmds.map((pmd) => pmd.packets)));
  const trial: Trial = {
    index: measurement.index,
    arm: measurement.arm,
    round: measurement.round,
    purpose: measurement.purpose,
    ...(measurement.ratePps !== undefined && { askedPps: measurement.ratePps }),
    askedMs: measurement.durationMs,
    ...(measurement.repeatOf !== undefined && { repeatOf: measurement.repeatOf }),
    complete: measurement.incomplete === undefined,
    usable: false,
    chains,
    throughputPps: sum(chains.map((chain) => chain.throughputPps)),
    bandwidthBps: sum(chains.map((chain) => chain.bandwidthBps)),
    lossRatio: lossRatioOf(sum(chains.map((chain) => chain.offered)), sum(chains.map((chain) => chain.received))),
    ...(latencyNs && { latencyNs }),
    ...(switchCyclesPerPacket !== undefined && { switchCyclesPerPacket }),
    hygiene: {
      cpus: measurement.cpus.map((cpu) => ({
        ...cpu,
        stealRatio: cpu.totalTicks > 0 ? Math.min(1, cpu.stealTicks / cpu.totalTicks) : 0,
      })),
      threads: measurement.threads,
      nfs: measurement.nfs.map((nf) => ({ ...nf, busyRatio: shareOf(nf.busyCycles, nf.idleCycles) })),
      switchPorts: measurement.switchPorts,
    },
    pmds,
    flags: [],
  };
  const flags = [...trialFlags(trial, measurement), ...measurement.flags];
  return { ...trial, usable: flags.every(({ code }) => !UNUSABLE.includes(code)), flags };
}

/** Share of the offered packets that did not arrive. Nothing offered counts as all lost: it must never pass for a loss-free trial. */
export function lossRatioOf(offered: number, received: number): number {
  return offered > 0 ? (offered - received) / offered : 1;
}

function makeChainTrial(chain: ChainMeasurement): ChainTrial {
  const throughputPps = chain.durationNs > 0 ? (chain.received * 1e9) / chain.durationNs : 0;
  const latencyNs = chain.latency && latencyOf(chain.latency);
  return {
    chain: chain.chain,
    ...(chain.direction === "reverse" && { direction: chain.direction }),
    offered: chain.offered,
    sent: chain.sent,
    received: chain.received,
    receivedBytes: chain.receivedBytes,
    durationNs: chain.durationNs,
    reordered: chain.reordered,
    duplicates: chain.duplicates,
    throughputPps,
    bandwidthBps: chain.durationNs > 0 ? (chain.receivedBytes * 8e9) / chain.durationNs : 0,
    lossRatio: lossRatioOf(chain.offered, chain.received),
    ...(latencyNs && { latencyNs }),
    ...(chain.latency && { latencyHistogram: chain.latency }),
    ...(chain.clocks && { clocks: chain.clocks }),
    ...(chain.receiver && { receiver: chain.receiver }),
    ...(chain.limits && { limits: chain.limits }),
    ledger: ledgerOf(chain),
  };
}

/** The chain's points with what was offered put before them, and what arrived after them, where those differ from the first and last point. */
function ledgerOf(chain: ChainMeasurement): Ledger {
  const points: CountingPoint[] = [...chain.points];
  const first = points[0];
  if (first === undefined || first.packets !== chain.offered) {
    const unsent = chain.offered - chain.sent;
    const drops = unsent > 0 ? [{ reason: "not sent in time", counter: "pktgen offered - sent", packets: unsent }] : [];
    const port = first ?? { at: "generator", counter: "pktgen sent", packets: chain.sent, drops: [] };
    points.splice(
      0,
      1,
      { at: "schedule", counter: "pktgen offered", packets: chain.offered, drops: [] },
      { ...port, drops: [...drops, ...port.drops] },
    );
  }
  if (points.at(-1)?.packets !== chain.received) {
    points.push({ at: "statistics", counter: "received of the last NF", packets: chain.received, drops: [] });
  }
  return balance(points);
}

function latencyOf(histogram: Histogram): Latency | undefined {
  const at = (q: number) => Math.round(quantile(histogram, q) ?? 0);
  if (quantile(histogram, 0.5) === undefined) return undefined;
  return {
    count: histogram.count,
    min: histogram.min,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    p9999: at(0.9999),
    max: histogram.max,
    mean: histogram.sum / histogram.count,
  };
}

/** Share of the first in both; 0 of nothing. */
function shareOf(busy: number, idle: number): number {
  return busy + idle > 0 ? busy / (busy + idle) : 0;
}

function perPacket(cycles: number, packets: number): number | undefined {
  return packets > 0 ? cycles / packets : undefined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
