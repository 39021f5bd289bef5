import type { Lab } from "../../lab/lab.ts";
import { cpuWords } from "../on-cpu.ts";
import { formatPercent, formatRate } from "../quantity.ts";
import type { Trial } from "../trial.ts";
import { type Evidence, evidenceOf } from "./evidence.ts";
import { LIMIT_RULES } from "./limits.ts";

/** What can limit a lab's throughput. */
export const LIMIT_CODES = [
  "generator-short",
  "limited",
  "upcalls",
  "pmd-saturated",
  "ring-overflow-shared-core",
  "receiver-bound",
  "shared-core",
  "kernel",
  "generator-bound",
  "disturbed",
  "as-asked",
  "unknown",
] as const;
export type LimitCode = (typeof LIMIT_CODES)[number];

/** A limit that the figures speak for. */
export interface Limit {
  readonly code: LimitCode;
  /** CPU, hop or NF. */
  readonly where: string;
  /** What limited the throughput, in a sentence. */
  readonly sentence: string;
  readonly tryThis: string;
}

export interface Explanation {
  /** The one that the figures speak for most. */
  readonly limit: Limit;
  /** Others that they speak for too, less strongly. */
  readonly others: readonly Limit[];
  /** What it was read from, each as a line. */
  readonly figures: readonly string[];
}

const UNKNOWN: Limit = {
  code: "unknown",
  where: "unknown",
  sentence:
    "What limited the throughput these figures cannot tell: nothing is saturated, and nothing was dropped for want of room.",
  tryThis: "measure at rate max, or search with --measure ndr-pdr, so that something gives way",
};

/**
 * Says what limited a lab's throughput, from the figures of its trials and nothing else. The first rule that holds is the explanation; those that hold besides
 * are told too. Where none does, that is said.
 */
export function explain(lab: Lab, trials: readonly Trial[]): Explanation {
  const evidence = evidenceOf(lab, trials);
  if (evidence === undefined) {
    const sentence = "No trial ran to its end, so there is nothing to explain.";
    return {
      limit: { ...UNKNOWN, sentence, tryThis: "look at the flags of the trials, then measure again" },
      others: [],
      figures: [],
    };
  }
  const limits = LIMIT_RULES.flatMap((rule) => rule(evidence, lab) ?? []);
  const [limit = UNKNOWN, ...others] = limits;
  return { limit, others, figures: figuresOf(evidence) };
}

function figuresOf(evidence: Evidence): readonly string[] {
  const { pmds, nfs, drops, upcallRatio, stealRatio, askedPps } = evidence;
  return [
    `${formatRate(evidence.throughputPps)} delivered${askedPps === undefined ? "" : ` of ${formatRate(askedPps)} asked`}, ${formatPercent(Math.max(0, evidence.lossRatio))} lost (median of ${evidence.trials})`,
    ...pmds.map(
      ({ busyRatio, cyclesPerPacket, ...cpu }) =>
        `poll-mode thread on ${cpuWords(cpu)}: ${formatPercent(busyRatio)} busy, ${Math.round(cyclesPerPacket)} cycles for each packet`,
    ),
    ...nfs.map(
      ({ nf, busyRatio, sharesWith, ...cpu }) =>
        `NF ${nf} on ${cpuWords(cpu)}${sharesWith.length > 0 ? ` (with ${sharesWith.join(", ")})` : ""}: ${formatPercent(busyRatio)} of its turns had packets`,
    ),
    ...drops
      .slice(0, 3)
      .map(({ at, reason, counter, share }) => `${formatPercent(share)} dropped before ${at}: ${reason} (${counter})`),
    ...(upcallRatio > 0 ? [`${formatPercent(upcallRatio)} of lookups went to the slow path`] : []),
    ...(stealRatio > 0 ? [`the hypervisor took up to ${formatPercent(stealRatio)} of a CPU`] : []),
  ];
}
