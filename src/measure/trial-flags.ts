import type { Flag } from "./flag.ts";
import type { ThreadHygiene } from "./hygiene.ts";
import { FOREIGN } from "./ledger.ts";
import { PACING_WINDOW_SECONDS, type TrialMeasurement } from "./measurement.ts";
import { cpuWords, isSameCpu } from "./on-cpu.ts";
import { formatCount, formatPercent, formatRate } from "./quantity.ts";
import type { ChainTrial, Trial } from "./trial.ts";

/** Shares and rates from which a trial gets a flag. */
export const FLAG_LIMITS = {
  /** Share of a CPU's time that the hypervisor may take. */
  stealRatio: 0.01,
  /** Share of the trial that a thread which should have its CPU to itself may wait for it. */
  waitRatio: 0.05,
  /** Share of the asked rate that the generator must reach. */
  rateReached: 0.99,
  /** Share by which a window of 100 ms may miss the rate asked. */
  windowOff: 0.01,
  /** Share of idle cycles below which a poll-mode thread counts as saturated. */
  idleRatio: 0.05,
  /** Share of the generator's own ceiling from which the generator, not the datapath, may be what was measured. */
  generatorCeiling: 0.95,
} as const;

/** What can be said against a trial from its own figures. */
export function trialFlags(trial: Trial, measurement: TrialMeasurement): readonly Flag[] {
  // Counters of a trial that was cut short do not belong together: nothing more can be said of them.
  if (measurement.incomplete !== undefined) return [{ code: "incomplete", message: measurement.incomplete }];
  const chains = trial.chains.flatMap((chain) => chainFlags(chain, measurement));
  return [...chains, ...stealFlags(trial), ...preemptionFlags(trial, measurement)];
}

function chainFlags(chain: ChainTrial, measurement: TrialMeasurement): readonly Flag[] {
  const flags: Flag[] = [];
  if (chain.sent === 0) {
    flags.push({ code: "nothing-sent", message: `Chain ${chain.chain}: the generator sent nothing.` });
  }
  const { points } = chain.ledger;
  const joined = foreignPackets(chain);
  if (joined > 0) {
    const packets = joined === 1 ? "1 packet" : `${formatCount(joined)} packets`;
    flags.push({
      code: "note",
      message: `Chain ${chain.chain}: ${packets} of other senders joined on the way and were counted apart.`,
    });
  }
  const approximate = measurement.chains.some(
    ({ chain: name, approximate: is }) => name === chain.chain && is === true,
  );
  if (approximate) {
    flags.push({
      code: "note",
      message: `Chain ${chain.chain}: a program that is none of corebed's sends or receives, so counters were read while packets flowed and agree only roughly.`,
    });
  }
  points.forEach((point, index) => {
    if (approximate || point.unexplained === 0 || (joined > 0 && point.unexplained < 0)) return;
    const between = `between ${points[index - 1]?.at} and ${point.at}`;
    flags.push({
      code: "unexplained-loss",
      message:
        point.unexplained > 0
          ? `Chain ${chain.chain}: ${formatCount(point.unexplained)} packets went missing ${between}, and no counter knows of them.`
          : `Chain ${chain.chain}: ${formatCount(-point.unexplained)} packets came from nowhere ${between}.`,
    });
  });
  if (measurement.ratePps !== undefined && chain.sent > 0 && chain.sent < FLAG_LIMITS.rateReached * chain.offered) {
    flags.push({
      code: "short-of-rate",
      message: `Chain ${chain.chain}: the generator sent ${formatPercent(chain.sent / chain.offered)} of the rate asked.`,
    });
  } else flags.push(...unevenFlags(chain.chain, measurement));
  const ceiling = measurement.generatorCeilingPps;
  if (
    ceiling !== undefined &&
    !isSwitchSaturated(measurement) &&
    chain.throughputPps >= FLAG_LIMITS.generatorCeiling * ceiling &&
    // What was exceeded was no ceiling: something held the generator up while it was looked for.
    chain.throughputPps * FLAG_LIMITS.generatorCeiling <= ceiling
  ) {
    flags.push({
      code: "generator-bound",
      message: `Chain ${chain.chain}: ${formatRate(chain.throughputPps)} is all that the generator can send (${formatRate(ceiling)} by itself): the datapath may be faster.`,
    });
  }
  return flags;
}

/** A rate can be right on the whole and come in bursts: what a trial measures then is how deep the rings are. */
function unevenFlags(name: string, { chains, ratePps }: TrialMeasurement): readonly Flag[] {
  if (ratePps === undefined) return [];
  const perWindow = ratePps * PACING_WINDOW_SECONDS;
  // At low rates one packet more or less in a window is more than the limit.
  const slack = Math.max(FLAG_LIMITS.windowOff * perWindow, 2);
  return chains.flatMap(({ chain, windows }) => {
    if (chain !== name || windows === undefined) return [];
    if (windows.minSent >= perWindow - slack && windows.maxSent <= perWindow + slack) return [];
    const [low, high] = [windows.minSent, windows.maxSent].map((sent) => formatPercent(sent / perWindow));
    const message = `Chain ${name}: the generator sent unevenly, from ${low} to ${high} of the rate asked in windows of 100 ms.`;
    return [{ code: "uneven-rate", message }];
  });
}

/** A switch that is never idle holds the generator back by a full ring: then it is what limits, and not the generator. */
function isSwitchSaturated({ pmds }: TrialMeasurement): boolean {
  return pmds.some(({ busyCycles, idleCycles }) => idleCycles < FLAG_LIMITS.idleRatio * (busyCycles + idleCycles));
}

/** How many packets came from nowhere, if they are exactly those that the last NF knows to be foreign; otherwise 0. */
function foreignPackets({ ledger }: ChainTrial): number {
  const foreign = ledger.points.flatMap((point) => point.drops).filter((drop) => drop.reason === FOREIGN);
  const known = foreign.reduce((sum, drop) => sum + drop.packets, 0);
  const came = ledger.points.reduce((sum, point) => sum - Math.min(0, point.unexplained), 0);
  return came === known ? known : 0;
}

function stealFlags(trial: Trial): readonly Flag[] {
  return trial.hygiene.cpus
    .filter((cpu) => cpu.stealRatio > FLAG_LIMITS.stealRatio)
    .map((cpu) => ({
      code: "disturbed",
      message: `The hypervisor took ${formatPercent(cpu.stealRatio)} of ${cpuWords(cpu)}.`,
    }));
}

/** Threads that share a CPU by design preempt each other; only those that should be alone on theirs can be disturbed. */
function preemptionFlags(trial: Trial, { sharedCpus = [] }: TrialMeasurement): readonly Flag[] {
  const durationNs = Math.max(0, ...trial.chains.map((chain) => chain.durationNs));
  const { threads } = trial.hygiene;
  const alone = (thread: ThreadHygiene) =>
    !sharedCpus.some((shared) => isSameCpu(shared, thread)) &&
    threads.every((other) => (other.tid === thread.tid && other.host === thread.host) || !isSameCpu(other, thread));
  return threads
    .filter((thread) => alone(thread) && durationNs > 0 && thread.runQueueWaitNs > FLAG_LIMITS.waitRatio * durationNs)
    .map((thread) => ({
      code: "disturbed",
      message: `Thread ${thread.name} of ${thread.owner} waited ${formatPercent(Math.min(1, thread.runQueueWaitNs / durationNs))} of the time for ${cpuWords(thread)}, which should be its own.`,
    }));
}
