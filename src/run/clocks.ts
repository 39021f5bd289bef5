import { hostOf, type Lab, type LabNf } from "../lab/lab.ts";
import type { ClockDifference } from "../measure/clock-difference.ts";
import { compareClocks } from "./clock-readings.ts";
import type { Direction } from "./counting-points.ts";
import type { DrivenLab } from "./live.ts";

/** How far the clocks of two hosts are apart, of every two between whose ends packets go: by `clockKey`. Empty for a lab on one host. */
export type Clocks = ReadonlyMap<string, ClockDifference>;

/** The hosts where a chain's packets get their time, and where it is read. */
export interface ClockEnds {
  readonly sender: string;
  readonly receiver: string;
}

/** The two hosts at the ends of a chain; undefined if they are one, or the lab is on one. */
export function clockEnds(lab: Lab, path: readonly string[], direction: Direction): ClockEnds | undefined {
  const ends = [hostOf(lab, path[0]), hostOf(lab, path.at(-1))];
  const [sender, receiver] = direction === "forward" ? ends : ends.toReversed();
  return sender === undefined || receiver === undefined || sender === receiver ? undefined : { sender, receiver };
}

/** Key of two hosts. */
export function clockKey({ sender, receiver }: ClockEnds): string {
  return `${sender} ${receiver}`;
}

/** Compares the clocks of all hosts between whose NFs packets are to be timed. A host on which no NF is corebed's own has nobody to ask. */
export async function readClocks({ lab, hosts }: DrivenLab): Promise<Clocks> {
  const directions: readonly Direction[] = lab.traffic.direction === "both" ? ["forward", "reverse"] : ["forward"];
  const wanted = new Map(
    lab.chains.flatMap(({ path }) =>
      directions.flatMap((direction) => {
        const ends = clockEnds(lab, path, direction);
        return ends === undefined ? [] : [[clockKey(ends), ends] as const];
      }),
    ),
  );
  const clockAt = (name: string) => hosts.find(({ host }) => host === name)?.controls.nfs[0]?.control;
  const found = new Map<string, ClockDifference>();
  // One after another: questions to one host would wait for each other.
  for (const [key, { sender, receiver }] of wanted) {
    const [from, to] = [clockAt(sender), clockAt(receiver)];
    if (from !== undefined && to !== undefined) found.set(key, await compareClocks(from, to));
  }
  return found;
}

/** For each port of a receiver the ticks by which its generator's TSC is ahead; absent where all are on one host. */
export function tscAheadOf(
  lab: Lab,
  { name, ports }: LabNf,
  direction: Direction,
  clocks: Clocks,
): { readonly tscAhead?: readonly number[] } {
  const ahead = ports.map(({ chain }) => {
    const { path = [] } = lab.chains.find((candidate) => candidate.name === chain) ?? {};
    const isEnd = (direction === "forward" ? path.at(-1) : path[0]) === name;
    const ends = isEnd ? clockEnds(lab, path, direction) : undefined;
    return (ends === undefined ? undefined : clocks.get(clockKey(ends))?.tscTicks) ?? 0;
  });
  return ahead.some((ticks) => ticks !== 0) ? { tscAhead: ahead } : {};
}
