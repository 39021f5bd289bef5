import { CLOCK_HZ, PACKETS_PER_TURN } from "./costs.ts";
import type { StationRate } from "./rates.ts";

/** Linux' base slice with 8 CPUs and more: 0.7 ms for the first doubling, and as much for each of three others (kernel/sched/fair.c since 6.15). */
const SLICE_NS = 2_800_000;
/** Handing a CPU on and being handed it again takes this at least, with nothing done in between. */
const HAND_ON_NS = 1_000;

/** How a station's thread and the others on its CPU take turns. */
export interface Turns {
  /** How long the thread is off its CPU at a time; 0 if the CPU is its own. */
  readonly offNs: number;
  /** Share of the time that it is off. */
  readonly offShare: number;
}

/**
 * The turns of a station's thread. Threads that yield hand the CPU on after some packets, or at once when they have none; others keep it for their time slice.
 *
 * @param all the rates of all stations of the lab
 */
export function turnsOf({ station }: StationRate, all: readonly StationRate[]): Turns {
  const onCpu = all.filter((rate) => rate.station.cpu === station.cpu);
  const others = Map.groupBy(
    onCpu.filter((rate) => rate.station.owner !== station.owner),
    (rate) => rate.station.owner,
  );
  const offNs = [...others.values()].reduce((sum, thread) => sum + turnNs(thread), 0);
  const ownLoad = onCpu.reduce((sum, rate) => sum + (rate.station.owner === station.owner ? rate.load : 0), 0);
  return { offNs, offShare: offNs > 0 ? Math.max(0, 1 - ownLoad) : 0 };
}

function turnNs(thread: readonly StationRate[]): number {
  if (thread.some(({ station }) => !station.yields)) return SLICE_NS;
  // With less to do than there is time for, it has fewer packets than a whole turn's to handle.
  const busy = Math.max(...thread.map(({ load, share }) => Math.min(1, load / Math.max(share, 1e-9))));
  const cycles = Math.max(...thread.map(({ station }) => station.cyclesPerPacket));
  return HAND_ON_NS + (busy * PACKETS_PER_TURN * cycles * 1e9) / CLOCK_HZ;
}
