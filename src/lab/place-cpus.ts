import { type CoreAssignment, SWITCH_OWNER } from "../topology/topology.ts";
import type { CpuPlacement } from "./lab.ts";

/** The affinity map on this host, or the cores of the file that have no CPU here. */
export type PlacementResult =
  | { readonly ok: true; readonly placement: CpuPlacement }
  | {
      readonly ok: false;
      readonly missing: readonly number[];
      readonly reason: "no-such-cpu" | "switch-needs-own-cpu";
    };

/**
 * Decides which CPU each owner of the affinity map gets.
 *
 * Cores keep their number where the host has it. With `fold`, a core that the host lacks goes to a CPU nobody uses, or failing that to those of NFs in
 * turn - never onto the switch's, whose poll-mode thread does not give way; a switch with several gives up the last of them if nothing else is left. A lab without a switch leaves the switch's CPU to the NFs, so that a kernel
 * datapath gets as many CPUs as vhost-user does.
 */
export function placeCpus(
  cores: readonly CoreAssignment[],
  usable: readonly number[],
  options: { readonly fold: boolean; readonly withSwitch: boolean },
): PlacementResult {
  const wanted = cores
    .map((core) => ({
      cpu: core.cpu,
      owners: core.owners.filter((owner) => options.withSwitch || owner !== SWITCH_OWNER),
    }))
    .filter((core) => core.owners.length > 0);
  const missing = wanted.filter((core) => !usable.includes(core.cpu)).map((core) => core.cpu);
  if (missing.length > 0 && !options.fold) return { ok: false, missing, reason: "no-such-cpu" };

  const owners = new Map<number, string[]>();
  for (const core of wanted) {
    if (usable.includes(core.cpu)) owners.set(core.cpu, [...core.owners]);
  }
  const homeless = wanted.filter((core) => !usable.includes(core.cpu)).toSorted(switchFirst);
  let turn = 0;
  for (const { owners: named } of homeless) {
    const free = usable.find((cpu) => !owners.has(cpu));
    if (free !== undefined) {
      owners.set(free, [...named]);
      continue;
    }
    // A poll-mode thread too many is left out; what the file puts beside it is not.
    const hasSwitch = [...owners.values()].some((names) => names.includes(SWITCH_OWNER));
    const folded = hasSwitch ? named.filter((name) => name !== SWITCH_OWNER) : named;
    if (folded.length === 0) continue;
    const spare = switchCpus(owners).slice(1).at(-1);
    if (usable.length === switchCpus(owners).length && spare !== undefined) {
      owners.set(spare, [...folded]);
      continue;
    }
    const shareable = usable.filter((cpu) => !owners.get(cpu)?.includes(SWITCH_OWNER));
    const cpu = shareable[turn % Math.max(shareable.length, 1)];
    if (cpu === undefined || folded.includes(SWITCH_OWNER)) {
      return { ok: false, missing, reason: "switch-needs-own-cpu" };
    }
    owners.get(cpu)?.push(...folded);
    turn += 1;
  }
  const unused = usable.filter((cpu) => !owners.has(cpu));
  // CPU 0 serves the kernel anyway; else the one that an edit of the file is least likely to claim, since all of a lab is made anew when it moves.
  const free = unused.includes(0) ? 0 : unused.at(-1);
  return {
    ok: true,
    placement: {
      owners: [...owners].map(([cpu, names]) => ({ cpu, owners: names })).toSorted((a, b) => a.cpu - b.cpu),
      housekeeping: free ?? sharedHousekeeping(owners, usable),
      housekeepingShared: free === undefined,
      folded: homeless.length > 0,
    },
  };
}

/** CPUs that only the switch has, ascending. */
function switchCpus(owners: ReadonlyMap<number, readonly string[]>): readonly number[] {
  const own = [...owners].filter(([, names]) => names.every((name) => name === SWITCH_OWNER)).map(([cpu]) => cpu);
  return own.toSorted((a, b) => a - b);
}

/** The switch must find a CPU of its own before NFs take the free ones. */
function switchFirst(a: CoreAssignment, b: CoreAssignment): number {
  return Number(b.owners.includes(SWITCH_OWNER)) - Number(a.owners.includes(SWITCH_OWNER)) || a.cpu - b.cpu;
}

/** Control threads disturb the switch's CPU least: its rings carry a packet over the microseconds that a request takes. */
function sharedHousekeeping(owners: ReadonlyMap<number, readonly string[]>, usable: readonly number[]): number {
  const ofSwitch = [...owners].filter(([, names]) => names.includes(SWITCH_OWNER)).map(([cpu]) => cpu);
  return Math.min(...(ofSwitch.length > 0 ? ofSwitch : usable));
}
