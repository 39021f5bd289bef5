import { CLOCK_HZ } from "./costs.ts";
import { fairShares } from "./fair-shares.ts";
import type { Station } from "./stations.ts";

/** What a station gets and handles in the long run, in packets per second. */
export interface StationRate {
  readonly station: Station;
  /** What it is offered; more than `inPps` where a full ring holds the generator back. */
  readonly wantedPps: number;
  readonly inPps: number;
  /** What it could handle with its share of the CPU. */
  readonly capacityPps: number;
  readonly outPps: number;
  /** Share of its CPU that it may take; below 1 where others are on it. */
  readonly share: number;
  /** Share of its CPU that it takes. */
  readonly load: number;
}

/** Most steps of the search for shares and rates that fit each other, and the change of a share that ends it. */
const STEPS = 80;
const SETTLED = 1e-9;

/**
 * Steady rates of all stations of a lab. Every thread gets a max-min fair share of its CPU, and every station one of its thread. A poll-mode thread that never
 * sleeps takes its part whether it has packets or not. The generator is held back by a full ring of the switch; every other station drops what it cannot
 * handle.
 *
 * @param routes   the stations of every route, in order
 * @param askedPps rate asked of each generator; undefined for as much as it can
 * @param speed    factor on the speed of all CPUs
 */
export function steadyRates(
  routes: readonly (readonly Station[])[],
  askedPps: number | undefined,
  speed: number,
): readonly (readonly StationRate[])[] {
  const cpus = threadsByCpu(routes.flat());
  const shares = new Map<Station, number>();
  for (const threads of cpus) share(threads, shares, () => 1);
  const ratesOf = () => routes.map((stations) => routeRates(stations, shares, askedPps, speed));
  for (let steps = 0; steps < STEPS; steps++) {
    const wanted = new Map(
      ratesOf()
        .flat()
        .map(({ station, wantedPps }) => [
          station,
          Math.min(1, (wantedPps * station.cyclesPerPacket) / (speed * CLOCK_HZ)),
        ]),
    );
    const next = new Map<Station, number>();
    for (const threads of cpus) share(threads, next, (station) => wanted.get(station) ?? 0);
    let change = 0;
    for (const [station, own] of shares) {
      // Half way each time: the whole way may swing to and fro.
      const step = ((next.get(station) ?? own) - own) / 2;
      change = Math.max(change, Math.abs(step));
      shares.set(station, own + step);
    }
    if (change < SETTLED) break;
  }
  return ratesOf();
}

/** The stations of each thread of each CPU. */
function threadsByCpu(stations: readonly Station[]): readonly (readonly (readonly Station[])[])[] {
  const cpus = new Map<number, Map<string, Station[]>>();
  for (const station of stations) {
    const threads = cpus.get(station.cpu) ?? new Map<string, Station[]>();
    threads.set(station.owner, [...(threads.get(station.owner) ?? []), station]);
    cpus.set(station.cpu, threads);
  }
  return [...cpus.values()].map((threads) => [...threads.values()]);
}

/**
 * Shares one CPU among its threads, and each thread among its stations. Threads that yield do so after so many packets, and a thread polls its queues in turn
 * for so many packets: where there is not enough time they get equal packets. With a thread that does not yield, the kernel gives all equal time.
 */
function share(
  threads: readonly (readonly Station[])[],
  shares: Map<Station, number>,
  wantedBy: (station: Station) => number,
): void {
  const byPackets = threads.every((stations) => stations.every(({ yields }) => yields));
  const ofThreads = fairShares(
    threads.map((stations) => {
      const wanted = stations.reduce((sum, station) => sum + wantedBy(station), 0);
      const never = stations.some(({ yields }) => !yields);
      const weight = byPackets ? Math.max(...stations.map(({ cyclesPerPacket }) => cyclesPerPacket)) : 1;
      return { wanted: never ? 1 : Math.min(1, wanted), weight };
    }),
    1,
  );
  threads.forEach((stations, index) => {
    const claims = stations.map((station) => ({ wanted: wantedBy(station), weight: station.cyclesPerPacket }));
    const parts = fairShares(claims, ofThreads[index] ?? 0);
    stations.forEach((station, place) => {
      shares.set(station, parts[place] ?? 0);
    });
  });
}

function routeRates(
  stations: readonly Station[],
  shares: ReadonlyMap<Station, number>,
  askedPps: number | undefined,
  speed: number,
): readonly StationRate[] {
  const capacityOf = (station: Station) => ((shares.get(station) ?? 0) * speed * CLOCK_HZ) / station.cyclesPerPacket;
  const rates: StationRate[] = [];
  const heldBackTo = Math.min(...stations.filter(({ holdsBack }) => holdsBack).map(capacityOf));
  let flow = askedPps ?? Number.POSITIVE_INFINITY;
  for (const station of stations) {
    const capacityPps = capacityOf(station);
    // What a generator cannot get rid of it does not make: it waits, and lets others have the CPU.
    if (station.kind === "generator") flow = Math.min(flow, heldBackTo);
    flow = Math.min(flow, station.limitPps ?? Number.POSITIVE_INFINITY);
    const wantedPps = station.holdsBack
      ? Math.min(askedPps ?? Number.POSITIVE_INFINITY, rates[0]?.capacityPps ?? 0)
      : flow;
    const inPps = station.kind === "generator" || station.holdsBack ? Math.min(flow, capacityPps) : flow;
    const outPps = Math.min(inPps, capacityPps) * (1 - station.ruleShare);
    const load = (Math.min(inPps, capacityPps) * station.cyclesPerPacket) / (speed * CLOCK_HZ);
    rates.push({ station, wantedPps, inPps, capacityPps, outPps, share: shares.get(station) ?? 0, load });
    flow = outPps;
  }
  return rates;
}
