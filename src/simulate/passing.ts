import type { StationRate } from "./rates.ts";
import type { Turns } from "./turns.ts";

/** What became of a route's packets at one station. */
export interface Passing {
  readonly rate: StationRate;
  readonly turns: Turns;
  readonly arrived: number;
  /** Came to the hop before it beyond what that lets through, and so not to the station. */
  readonly overLimit: number;
  /** Found its ring full. */
  readonly overflowed: number;
  /** Dropped because a rule says so. */
  readonly ruled: number;
  readonly passed: number;
}

/** Load from which uneven arrival fills a ring now and then, and what share of the packets that costs at most: more where threads take turns. */
const NEARLY_FULL = 0.97;
const NEARLY_FULL_LOSS = { alone: 2e-5, sharing: 4e-4 } as const;

export interface Burst {
  readonly packets: number;
  /** All of them are sent back to back, and then no more. */
  readonly backToBack: boolean;
}

/**
 * Passes packets from station to station. What finds a ring full is lost there: whatever is over a station's capacity, and, where it is off its CPU for a
 * while, whatever comes meanwhile and does not fit. Packets sent back to back (RFC 9004) are lost only beyond what the ring holds.
 */
export function passPackets(
  rates: readonly StationRate[],
  turnsOf: (rate: StationRate) => Turns,
  { packets, backToBack }: Burst,
  random: () => number,
): readonly Passing[] {
  const generatorCpu = rates[0]?.station.cpu;
  const passings: Passing[] = [];
  let [arrived, inPps] = [packets, rates[0]?.outPps ?? 0];
  for (const rate of rates) {
    const turns = turnsOf(rate);
    const limitPps = rate.station.limitPps ?? Number.POSITIVE_INFINITY;
    const overLimit = inPps > limitPps ? Math.round(arrived * (1 - limitPps / inPps)) : 0;
    arrived -= overLimit;
    inPps = Math.min(inPps, limitPps);
    const together = rate.station.cpu === generatorCpu;
    const share = lossShare({ rate, turns, together, inPps, random });
    // The ring is empty when a burst begins, and takes its fill before anything is lost.
    const lost = backToBack ? Math.max(0, arrived * share - rate.station.ring) : arrived * share;
    const overflowed = Math.min(arrived, Math.round(lost));
    const ruled = Math.round((arrived - overflowed) * rate.station.ruleShare);
    const passed = arrived - overflowed - ruled;
    passings.push({ rate, turns, arrived, overLimit, overflowed, ruled, passed });
    inPps = Math.min(rate.capacityPps, arrived > 0 ? (inPps * (arrived - overflowed)) / arrived : 0);
    inPps *= 1 - rate.station.ruleShare;
    arrived = passed;
  }
  return passings;
}

interface LossParts {
  readonly rate: StationRate;
  readonly turns: Turns;
  /** The station shares its CPU with the generator, which then sends only while the station does not run. */
  readonly together: boolean;
  readonly inPps: number;
  readonly random: () => number;
}

function lossShare({ rate, turns, together, inPps, random }: LossParts): number {
  const { station, capacityPps } = rate;
  if (station.kind === "generator" || inPps <= 0) return 0;
  const drawn = random();
  if (station.holdsBack) return 0;
  const offShare = together && turns.offShare > 0 ? 1 : turns.offShare;
  const meanwhile = turns.offShare > 0 ? (offShare * inPps * turns.offNs) / (turns.offShare * 1e9) : 0;
  const inTurns = meanwhile > station.ring ? offShare * (1 - station.ring / meanwhile) : 0;
  const over = Math.max(0, 1 - capacityPps / inPps);
  const most = turns.offNs > 0 ? NEARLY_FULL_LOSS.sharing : NEARLY_FULL_LOSS.alone;
  const uneven = inPps > NEARLY_FULL * capacityPps ? most * drawn : 0;
  return Math.min(1, Math.max(over, inTurns) + uneven);
}
