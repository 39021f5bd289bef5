import type { Lab, LabHop } from "../../lab/lab.ts";
import { switchPortName } from "../../lab/names.ts";
import { passesSwitch } from "../../lab/nic.ts";
import { onSharedMemory } from "../../lab/shared-memory.ts";
import { OVER_LIMIT } from "../ledger.ts";
import { cpuWords } from "../on-cpu.ts";
import { bitRateUnit, formatNumber, formatPercent, formatRate } from "../quantity.ts";
import type { DropShare, Evidence, NfEvidence } from "./evidence.ts";
import type { Limit } from "./explain.ts";

/** From where on a figure speaks. */
export const EXPLAIN_LIMITS = {
  /** A poll-mode thread or worker that is this busy has nothing left to give. */
  saturated: 0.95,
  /** Loss under this is not what limits anything. */
  loss: 0.001,
  /** Loss from which an NF that drops, and not the switch before it, is the limit. */
  slowNf: 0.05,
  /** Share of lookups in the slow path from which that costs more than the rest. */
  upcalls: 0.001,
  /** Share of the asked rate that counts as sent. */
  reached: 0.99,
  /** Share of trials that must have been disturbed. */
  disturbed: 0.5,
} as const;

type Rule = (evidence: Evidence, lab: Lab) => Limit | undefined;

/** The strongest first: what comes earlier explains what comes later. */
export const LIMIT_RULES: readonly Rule[] = [
  limitedHop,
  generatorShort,
  upcalls,
  asAsked,
  ringOverflowOnSharedCore,
  slowNf,
  pmdSaturated,
  kernelPath,
  receiverBound,
  sharedCore,
  slowestOnMemif,
  generatorBound,
  disturbed,
];

function generatorShort({ reachedRatio, askedPps }: Evidence): Limit | undefined {
  if (askedPps === undefined || reachedRatio >= EXPLAIN_LIMITS.reached) return undefined;
  return {
    code: "generator-short",
    where: "generator",
    sentence: `The generator sent only ${formatPercent(reachedRatio)} of the ${formatRate(askedPps)} that were asked of it.`,
    tryThis: "ask for less, or give the generator a CPU of its own",
  };
}

/** The file asked for it, so it comes before all that could have been a limit besides. */
function limitedHop({ drops }: Evidence, lab: Lab): Limit | undefined {
  const drop = drops.find(({ reason, share }) => share >= EXPLAIN_LIMITS.loss && reason.endsWith(OVER_LIMIT));
  const limited = lab.hops.filter(({ limit }) => limit !== undefined);
  const hop = limited.find((candidate) => drop !== undefined && isCountedAt(candidate, drop)) ?? limited[0];
  if (drop === undefined || hop?.limit === undefined) return undefined;
  const place = `hop ${hop.from.nf} to ${hop.to.nf} of chain ${hop.chain}`;
  return {
    code: "limited",
    where: place,
    sentence: `The limit in the file is what holds the rate: ${place} lets ${bits(hop.limit.rateBps)} through, and ${formatPercent(drop.share)} of the packets were over it.`,
    tryThis: "raise or remove the limit to see what the lab can do, or offer less",
  };
}

/** Packets over a limit are told at the switch's port towards the next NF, or at the interface of the NF that sends. */
function isCountedAt({ from, to }: LabHop, { at }: DropShare): boolean {
  return at === `switch port ${switchPortName(to.nf, to.port)} tx` || at.startsWith(`${from.nf} `);
}

function bits(perSecond: number): string {
  const { name, size } = bitRateUnit([perSecond]);
  return `${formatNumber(perSecond / size)} ${name}`;
}

function upcalls({ upcallRatio }: Evidence): Limit | undefined {
  if (upcallRatio < EXPLAIN_LIMITS.upcalls) return undefined;
  return {
    code: "upcalls",
    where: "switch",
    sentence: `${formatPercent(upcallRatio)} of the lookups in OVS went to its slow path, which takes thousands of cycles each.`,
    tryThis: "use fewer flows, or look at the flow table: rules that match on more than the port make more entries",
  };
}

/** Everything that was asked for arrived: then the offered load is the limit. */
function asAsked({ askedPps, lossRatio, throughputPps }: Evidence): Limit | undefined {
  if (askedPps === undefined || lossRatio > EXPLAIN_LIMITS.loss) return undefined;
  return {
    code: "as-asked",
    where: "offered load",
    sentence: `Nothing was the limit: of ${formatRate(askedPps)} asked, ${formatRate(throughputPps)} arrived. The lab may do more.`,
    tryThis: "search for its limit with --measure ndr-pdr, or measure at rate max",
  };
}

function ringOverflowOnSharedCore({ drops, nfs }: Evidence): Limit | undefined {
  const drop = drops.find(({ reason, share }) => share >= EXPLAIN_LIMITS.loss && /ring/.test(reason));
  const nf = drop && droppedAt(drop, nfs);
  if (drop === undefined || nf === undefined || nf.sharesWith.length === 0) return undefined;
  return {
    code: "ring-overflow-shared-core",
    where: `NF ${nf.nf} on ${cpuWords(nf)}`,
    sentence: `${formatPercent(drop.share)} of the packets found the ring of ${nf.nf} full: it shares ${cpuWords(nf)} with ${nf.sharesWith.join(" and ")}, and while they have their turn nobody empties its ring.`,
    tryThis: `give ${nf.nf} a CPU of its own, or a larger queueSize`,
  };
}

function pmdSaturated({ pmds }: Evidence, lab: Lab): Limit | undefined {
  const busiest = pmds.toSorted((a, b) => b.busyRatio - a.busyRatio)[0];
  if (busiest === undefined || busiest.busyRatio < EXPLAIN_LIMITS.saturated) return undefined;
  const hops = lab.hops.filter(passesSwitch).length;
  const more =
    hops > 1
      ? "give the switch another CPU (cores: a second one with switch), or wire some hops without it"
      : "give the switch a faster or a second CPU, or send larger frames";
  return {
    code: "pmd-saturated",
    where: `switch on ${cpuWords(busiest)}`,
    sentence: `The poll-mode thread on ${cpuWords(busiest)} was busy ${formatPercent(busiest.busyRatio)} of the time: at ${Math.round(busiest.cyclesPerPacket)} cycles for each pass of a packet it can do no more.`,
    tryThis: more,
  };
}

function kernelPath({ kernelHops, nfs, pmds, drops, lossRatio }: Evidence, lab: Lab): Limit | undefined {
  if (!kernelHops || pmds.some(({ busyRatio }) => busyRatio >= EXPLAIN_LIMITS.saturated)) return undefined;
  const hop = lab.hops.find((candidate) => !onSharedMemory(candidate));
  const sender = nfs.find(({ nf }) => nf === hop?.from.nf);
  if (hop === undefined || sender === undefined) return undefined;
  const socket = drops.find(({ reason, share }) => share >= EXPLAIN_LIMITS.loss && /socket|backlog/.test(reason));
  if (socket !== undefined) {
    return {
      code: "kernel",
      where: `${hop.to.nf}, hop ${hop.from.nf} to ${hop.to.nf}`,
      sentence: `${formatPercent(socket.share)} of the packets came over ${hop.datapath} faster than ${hop.to.nf} took them from its packet socket: ${socket.reason}.`,
      tryThis: "offer less, or give the receiving NF a CPU of its own",
    };
  }
  if (sender.busyRatio < EXPLAIN_LIMITS.saturated && lossRatio < EXPLAIN_LIMITS.loss && !sender.sends) return undefined;
  return {
    code: "kernel",
    where: `${sender.nf} on ${cpuWords(sender)}, hop ${hop.from.nf} to ${hop.to.nf}`,
    sentence: `Sending over ${hop.datapath} is the limit: every packet goes through the kernel inside of ${sender.nf}'s sending, softirq of the receiving side included, and ${cpuWords(sender)} has no more time for it.`,
    tryThis:
      "wire the hop with vhost-user, or send larger frames: the kernel's cost is for each packet, not for each byte",
  };
}

/** A switch is busy with packets that are dropped behind it as well: then the NF that drops many of them is what limits. */
function slowNf(evidence: Evidence): Limit | undefined {
  return evidence.lossRatio >= EXPLAIN_LIMITS.slowNf ? receiverBound(evidence) : undefined;
}

/** NFs that yield to each other share their CPU packet by packet, and nothing overflows: their sum is the limit. */
function sharedCore({ nfs, askedPps }: Evidence): Limit | undefined {
  const shared = nfs.find(({ sharesWith }) => sharesWith.length > 0);
  if (shared === undefined || askedPps !== undefined) return undefined;
  const all = [shared.nf, ...shared.sharesWith];
  return {
    code: "shared-core",
    where: `${cpuWords(shared)}`,
    sentence: `${all.join(" and ")} share ${cpuWords(shared)} and take turns on it: what they cost together for each packet is the limit.`,
    tryThis: "give each a CPU of its own",
  };
}

function receiverBound({ drops, nfs, lossRatio }: Evidence): Limit | undefined {
  if (lossRatio < EXPLAIN_LIMITS.loss) return undefined;
  const drop = drops.find(({ share, reason }) => share >= EXPLAIN_LIMITS.loss && /ring|buffer/.test(reason));
  const nf = drop && droppedAt(drop, nfs);
  if (drop === undefined || nf === undefined) return undefined;
  return {
    code: "receiver-bound",
    where: `NF ${nf.nf} on ${cpuWords(nf)}`,
    sentence: `${formatPercent(drop.share)} of the packets found the ring of ${nf.nf} full: it had packets in ${formatPercent(nf.busyRatio)} of its turns and does not keep up.`,
    tryThis: `make ${nf.nf} do less for each packet, or split its work over two`,
  };
}

/** A full memif holds back whoever fills it, and nothing is lost: then it is who never waits for packets that all others wait for. */
function slowestOnMemif({ nfs, askedPps, lossRatio }: Evidence, lab: Lab): Limit | undefined {
  if (askedPps !== undefined || lossRatio >= EXPLAIN_LIMITS.loss) return undefined;
  if (lab.hops.length === 0 || lab.hops.some(({ datapath }) => datapath !== "memif")) return undefined;
  const [slowest] = nfs.toSorted((a, b) => b.busyRatio - a.busyRatio);
  if (slowest === undefined || slowest.busyRatio < EXPLAIN_LIMITS.saturated) return undefined;
  const where = `NF ${slowest.nf} on ${cpuWords(slowest)}`;
  const busy = formatPercent(slowest.busyRatio);
  if (slowest.sends) {
    return {
      code: "generator-bound",
      where,
      sentence: `The generator itself is the limit: ${slowest.nf} sent in ${busy} of its turns, and those behind it wait for packets.`,
      tryThis: "add a second chain with a generator of its own: the lab may do more",
    };
  }
  return {
    code: "receiver-bound",
    where,
    sentence: `${slowest.nf} had packets in ${busy} of its turns and is the slowest of the chain: its full ring holds back those before it, and nothing is lost.`,
    tryThis: `make ${slowest.nf} do less for each packet, or split its work over two`,
  };
}

function generatorBound(
  { generatorBound: bound, throughputPps, nfs, askedPps }: Evidence,
  lab: Lab,
): Limit | undefined {
  const alone = lab.datapath === "none" && askedPps === undefined;
  if (!bound && !alone) return undefined;
  const generator = nfs.find(({ sends }) => sends);
  return {
    code: "generator-bound",
    where: generator === undefined ? "generator" : `NF ${generator.nf} on ${cpuWords(generator)}`,
    sentence: `The generator itself is the limit: ${formatRate(throughputPps)} is all that it sends by itself on this datapath.`,
    tryThis: "add a second chain with a generator of its own: the lab may do more",
  };
}

function disturbed({ disturbedRatio, stealRatio }: Evidence): Limit | undefined {
  if (disturbedRatio < EXPLAIN_LIMITS.disturbed) return undefined;
  const steal = stealRatio > 0 ? `, the hypervisor up to ${formatPercent(stealRatio)} of a CPU` : "";
  return {
    code: "disturbed",
    where: "host",
    sentence: `Something else took time from the lab's CPUs in ${formatPercent(disturbedRatio)} of the trials${steal}: the figures are those of a busy machine.`,
    tryThis: "stop what else runs, isolate the lab's CPUs (isolcpus), or measure on bare metal",
  };
}

/** The NF whose ring it was: counters name the place, or the NF in the reason. */
function droppedAt({ at, reason }: DropShare, nfs: readonly NfEvidence[]): NfEvidence | undefined {
  return nfs.find(({ nf }) => reason.includes(`ring of ${nf} `) || at.startsWith(`${nf} `));
}
