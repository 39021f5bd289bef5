import type { CpuPlacement } from "../lab/lab.ts";
import type { Flag } from "./flag.ts";
import { FLAG_CODES } from "./flag.ts";
import { cpuWords } from "./on-cpu.ts";
import type { Trial } from "./trial.ts";

/** What is to be said about an arm: each kind of flag of its trials once, with how many have it, then what follows from where it ran. */
export function armFlags(trials: readonly Trial[], placement: CpuPlacement): readonly Flag[] {
  return [...flagsOfTrials(trials), ...flagsOfPlacement(placement)];
}

function flagsOfTrials(trials: readonly Trial[]): readonly Flag[] {
  const flags = trials.flatMap((trial) => trial.flags);
  if (trials.length === 1) return flags.toSorted((a, b) => FLAG_CODES.indexOf(a.code) - FLAG_CODES.indexOf(b.code));
  return FLAG_CODES.flatMap((code) => {
    const own = flags.filter((flag) => flag.code === code);
    // Figures in a sentence differ from trial to trial, so one stands for all; notes have nothing in common but their code.
    const examples =
      code === "note" ? [...new Map(own.map((flag) => [subjectOf(flag), flag])).values()] : own.slice(0, 1);
    return examples.map((example) => {
      const alike = own.filter((flag) => isLike(flag, example));
      const concerned = trials.filter(({ flags }) => flags.some((flag) => alike.includes(flag))).length;
      const differ = new Set(alike.map(({ message }) => message)).size > 1;
      if (code === "note" && concerned === trials.length && !differ) return example;
      const which = concerned > 1 && (code !== "note" || differ) ? ", for example" : "";
      return { code, message: `${concerned} of ${trials.length} trials${which}: ${example.message}` };
    });
  });
}

function isLike(flag: Flag, example: Flag): boolean {
  return flag.code === example.code && (flag.code !== "note" || subjectOf(flag) === subjectOf(example));
}

/** A note without what it measured. */
function subjectOf({ message }: Flag): string {
  return message.replaceAll(/[\d.,]+(?= (?:(?:ns|µs|ms|s|[kM]pps)\b|%))/g, "");
}

function flagsOfPlacement(placement: CpuPlacement): readonly Flag[] {
  const flags: Flag[] = placement.owners
    .filter(({ owners }) => owners.length > 1)
    .map(({ owners, ...cpu }) => ({
      code: "shared-core",
      message: `${listOf(owners)} share ${cpuWords(cpu)} and take turns on it: the figures are not those of a CPU each.`,
    }));
  if (placement.folded) {
    flags.push({ code: "folded", message: "The affinity map was folded: this host has fewer CPUs than it names." });
  }
  if (placement.housekeepingShared) {
    const where = placement.owners.some(({ host }) => host !== undefined)
      ? " on every host: they sleep on CPUs that also carry traffic."
      : `: they sleep on CPU ${placement.housekeeping}, which also carries traffic.`;
    flags.push({ code: "note", message: `No CPU was left for control threads${where}` });
  }
  return flags;
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
