import { CLOCK_HZ } from "./costs.ts";
import type { Station } from "./stations.ts";

/** What a station gets and handles, in packets per second. */
export interface StationRate {
  readonly station: Station;
  readonly inPps: number;
  readonly outPps: number;
  /** Share of its CPU that it uses. */
  readonly load: number;
  /** Share of its CPU that it could use; below 1 where others are on it. */
  readonly shared: number;
}

/** Rounds of the fixed-point search: rates change little after a few. */
const ROUNDS = 60;

/**
 * Steady rates of all stations of a lab. Every CPU gives its stations what they ask for, and where that is more than there is, equal parts, with what one does
 * not need going to the others (max-min fairness: that is what NFs that yield to each other come to). A generator is held back by a full ring of the
 * first station behind it; every other station drops what it cannot handle.
 *
 * @param askedPps rate of each chain's generator; undefined for as much as it can
 * @param speed    factor on the speed of all CPUs
 */
export function steadyRates(
  chains: readonly (readonly Station[])[],
  askedPps: number | undefined,
  speed: number,
): readonly (readonly StationRate[])[] {
  const all = chains.flat();
  let shares = new Map<Station, number>(all.map((station) => [station, 1 / onCpu(all, station.cpu)]));
  for (let round = 0; round < ROUNDS; round++) {
    const rates = chains.map((stations) => chainRates(stations, shares, askedPps, speed));
    const next = fairShares(rates.flat(), askedPps, speed);
    // Half way each time: the whole way may swing to and fro.
    shares = new Map([...shares].map(([station, share]) => [station, (share + (next.get(station) ?? share)) / 2]));
  }
  return chains.map((stations) => chainRates(stations, shares, askedPps, speed));
}

/** Packets per second that a station can handle with a share of its CPU. */
export function capacityPps(station: Station, share: number, speed: number): number {
  return (share * speed * CLOCK_HZ) / station.cyclesPerPacket;
}

function chainRates(
  stations: readonly Station[],
  shares: ReadonlyMap<Station, number>,
  askedPps: number | undefined,
  speed: number,
): readonly StationRate[] {
  const capacity = (station: Station) => capacityPps(station, shares.get(station) ?? 0, speed);
  const rates: StationRate[] = [];
  const [generator, first] = stations;
  let flow = Math.min(askedPps ?? Number.POSITIVE_INFINITY, generator === undefined ? 0 : capacity(generator));
  // A ring that is full holds the generator back; over the kernel its packets are dropped at the receiver instead.
  if (first?.kind === "switch") flow = Math.min(flow, capacity(first));
  for (const station of stations) {
    const inPps = flow;
    flow = Math.min(flow, capacity(station));
    const load = (flow * station.cyclesPerPacket) / (speed * CLOCK_HZ);
    rates.push({ station, inPps, outPps: flow, load, shared: shares.get(station) ?? 0 });
  }
  return rates;
}

function fairShares(
  rates: readonly StationRate[],
  askedPps: number | undefined,
  speed: number,
): ReadonlyMap<Station, number> {
  const shares = new Map<Station, number>();
  for (const cpu of new Set(rates.map(({ station }) => station.cpu))) {
    const own = rates.filter(({ station }) => station.cpu === cpu);
    const wanted = own
      .map((rate) => ({ station: rate.station, share: wantedShare(rate, askedPps, speed) }))
      .sort((a, b) => a.share - b.share);
    let left = 1;
    wanted.forEach(({ station, share }, index) => {
      const fair = left / (wanted.length - index);
      const given = Math.min(share, fair);
      shares.set(station, given);
      left -= given;
    });
    // What nobody asked for is there for whoever could use it.
    for (const { station } of own) shares.set(station, (shares.get(station) ?? 0) + left);
  }
  return shares;
}

function wantedShare({ station, inPps }: StationRate, askedPps: number | undefined, speed: number): number {
  if (station.kind === "generator" && askedPps === undefined) return 1;
  const pps = station.kind === "generator" ? (askedPps ?? 0) : inPps;
  return Math.min(1, (pps * station.cyclesPerPacket) / (speed * CLOCK_HZ));
}

function onCpu(stations: readonly Station[], cpu: number): number {
  return Math.max(1, stations.filter((station) => station.cpu === cpu).length);
}

/** Share of a burst that a station drops: what its ring cannot hold of the packets that come faster than it handles them (RFC 9004). */
export function burstLoss({ station, inPps, outPps }: StationRate, packets: number, burstPps: number): number {
  if (station.kind === "generator" || packets === 0) return 0;
  const handledPps = outPps < inPps ? outPps : Number.POSITIVE_INFINITY;
  const left = packets * Math.max(0, 1 - handledPps / Math.max(1, burstPps));
  return Math.max(0, left - station.ring) / packets;
}
