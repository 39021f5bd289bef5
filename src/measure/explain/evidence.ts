import type { Lab } from "../../lab/lab.ts";
import { onSharedMemory } from "../../lab/shared-memory.ts";
import type { Pmd } from "../hygiene.ts";
import { cpuWords, type OnCpu } from "../on-cpu.ts";
import { median } from "../summary.ts";
import type { Trial } from "../trial.ts";

/** A drop with how much of what was offered it took. */
export interface DropShare {
  readonly at: string;
  readonly reason: string;
  readonly counter: string;
  /** Of the packets that were offered, 0..1. */
  readonly share: number;
}

/** Medians over an arm's trials: what a person would look at to say what limited it. */
export interface Evidence {
  readonly trials: number;
  readonly throughputPps: number;
  /** Asked of all generators together; undefined for max. */
  readonly askedPps: number | undefined;
  readonly lossRatio: number;
  /** Most packets first. */
  readonly drops: readonly DropShare[];
  readonly pmds: readonly (OnCpu & { readonly busyRatio: number; readonly cyclesPerPacket: number })[];
  /** Lookups that went to the slow path, as a share of the packets. */
  readonly upcallRatio: number;
  readonly nfs: readonly NfEvidence[];
  /** Sent of what was asked; 1 at max. */
  readonly reachedRatio: number;
  /** Share of trials that something from outside disturbed. */
  readonly disturbedRatio: number;
  /** Largest share of a CPU's time that the hypervisor took. */
  readonly stealRatio: number;
  /** What the generators can send by themselves was all that came. */
  readonly generatorBound: boolean;
  readonly kernelHops: boolean;
}

export interface NfEvidence extends OnCpu {
  readonly nf: string;
  readonly busyRatio: number;
  /** Others on its CPU. */
  readonly sharesWith: readonly string[];
  readonly sends: boolean;
}

/**
 * Collects the evidence from an arm's usable trials, which its figures are of; where there is none, from those that came to their end, since they show why.
 * Undefined without either.
 */
export function evidenceOf(lab: Lab, trials: readonly Trial[]): Evidence | undefined {
  const complete = trials.filter((trial) => trial.complete);
  const good = complete.filter((trial) => trial.usable);
  const usable = good.length > 0 ? good : complete;
  const [first] = usable;
  if (first === undefined) return undefined;
  const of = (value: (trial: Trial) => number) => median(usable.map(value));
  const chains = usable.flatMap((trial) => trial.chains);
  const [offered, sent] = [sumOf(chains, (chain) => chain.offered), sumOf(chains, (chain) => chain.sent)];
  return {
    trials: usable.length,
    throughputPps: of((trial) => trial.throughputPps),
    askedPps: first.askedPps === undefined ? undefined : first.askedPps * first.chains.length,
    lossRatio: of((trial) => trial.lossRatio),
    drops: dropShares(chains, offered),
    pmds: pmdMedians(usable),
    upcallRatio: of(({ pmds }) =>
      shareOf(
        sumOf(pmds, (pmd) => pmd.upcalls),
        sumOf(pmds, (pmd) => pmd.packets),
      ),
    ),
    nfs: nfEvidence(lab, usable),
    reachedRatio: offered > 0 ? sent / offered : 0,
    disturbedRatio:
      complete.filter(({ flags }) => flags.some(({ code }) => code === "disturbed")).length / complete.length,
    stealRatio: Math.max(0, ...usable.flatMap(({ hygiene }) => hygiene.cpus.map((cpu) => cpu.stealRatio))),
    generatorBound: usable.every(({ flags }) => flags.some(({ code }) => code === "generator-bound")),
    kernelHops: lab.hops.some((hop) => !onSharedMemory(hop)),
  };
}

function dropShares(chains: readonly Trial["chains"][number][], offered: number): readonly DropShare[] {
  const drops = new Map<string, DropShare & { packets: number }>();
  for (const { at, reason, counter, packets } of chains.flatMap(({ ledger }) => ledger.droppedByReason)) {
    const key = `${at}/${reason}`;
    const known = drops.get(key) ?? { at, reason, counter, share: 0, packets: 0 };
    drops.set(key, { ...known, packets: known.packets + packets });
  }
  return [...drops.values()]
    .map(({ packets, ...drop }) => ({ ...drop, share: shareOf(packets, offered) }))
    .sort((a, b) => b.share - a.share);
}

function pmdMedians(trials: readonly Trial[]): Evidence["pmds"] {
  const byCpu = Map.groupBy(
    trials.flatMap(({ pmds }) => pmds),
    cpuWords,
  );
  return [...byCpu.values()].map((own) => {
    const [{ host, cpu }] = own as [Pmd];
    const of = (value: (pmd: Pmd) => number) => median(own.map(value));
    return { host, cpu, busyRatio: of((pmd) => pmd.busyRatio), cyclesPerPacket: of((pmd) => pmd.cyclesPerPacket ?? 0) };
  });
}

function nfEvidence(lab: Lab, trials: readonly Trial[]): readonly NfEvidence[] {
  const senders = new Set(lab.chains.map(({ path }) => path[0]));
  const names = new Set(trials.flatMap(({ hygiene }) => hygiene.nfs.map(({ nf }) => nf)));
  return [...names].map((nf) => {
    const own = trials.flatMap(({ hygiene }) => hygiene.nfs.filter((candidate) => candidate.nf === nf));
    const { host, owners = [] } = lab.cpus.owners.find((cpu) => cpu.owners.includes(nf)) ?? {};
    return {
      nf,
      host,
      cpu: own[0]?.cpu ?? 0,
      busyRatio: median(own.map(({ busyRatio }) => busyRatio)),
      sharesWith: owners.filter((owner) => owner !== nf),
      sends: senders.has(nf),
    };
  });
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

function shareOf(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
