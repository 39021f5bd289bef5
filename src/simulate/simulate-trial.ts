import type { Lab } from "../lab/lab.ts";
import { sendsIntoMemif } from "../lab/memif.ts";
import { onSharedMemory } from "../lab/shared-memory.ts";
import type { HopLimit } from "../measure/hop-limit.ts";
import type { ChainMeasurement, TrialMeasurement } from "../measure/measurement.ts";
import { meanFrameBytes } from "../topology/frames.ts";
import { droppedShare } from "./drop-rules.ts";
import { hygieneOf } from "./hygiene.ts";
import { latencies } from "./latencies.ts";
import { type Passing, passPackets } from "./passing.ts";
import { pointsOf } from "./points.ts";
import { steadyRates } from "./rates.ts";
import { type Route, routesOf, stationsOf } from "./stations.ts";
import { turnsOf } from "./turns.ts";

/** What is asked of a simulated trial; the fields are those of a trial on a real bed. */
export interface SimulatedRequest {
  readonly index: number;
  readonly arm: string;
  readonly round: number;
  readonly purpose: string;
  /** Packets per second offered to each chain and direction; undefined: as many as the first port takes. */
  readonly ratePps: number | undefined;
  readonly durationMs: number;
  /** So many packets back to back, however long that takes; undefined: for the duration. */
  readonly packets?: number | undefined;
  readonly repeatOf?: number | undefined;
  /** What each generator can send by itself. */
  readonly ceilingPps: number | undefined;
}

/** Standard deviation of the logarithm of a trial's speed: an ordinary quiet machine. */
const SPEED_SPREAD = 0.02;
/** How often something else takes time from the machine, and how much. */
const DISTURBED_SHARE = 0.02;
const STOLEN = 0.2;

/**
 * What a trial on the modelled data plane counts: the same counters in the same places as on a real lab, and every packet is in them. Nothing of it was
 * measured. The same lab, request and random numbers give the same trial.
 *
 * @param random uniform numbers in [0, 1)
 */
export function simulateTrial(lab: Lab, request: SimulatedRequest, random: () => number): TrialMeasurement {
  const stolen = random() < DISTURBED_SHARE ? STOLEN : 0;
  const speed = Math.exp(SPEED_SPREAD * normal(random)) * (1 - stolen);
  const routes = routesOf(lab);
  const rules = new Map(lab.nfs.map((nf) => [nf.name, droppedShare(nf.forward?.drop ?? [], lab.traffic)]));
  const stations = routes.map((route) => stationsOf(lab, route, (nf) => rules.get(nf) ?? 0));
  const rates = steadyRates(stations, request.ratePps, speed);
  const all = rates.flat();
  const flows = routes.map((route, index) => {
    const own = rates[index] ?? [];
    const sending = sendingOf(request, own[0]?.outPps ?? 0);
    const burst = { packets: sending.sent, backToBack: request.packets !== undefined };
    return { route, sending, passings: passPackets(own, (rate) => turnsOf(rate, all), burst, random) };
  });
  const seconds = Math.max(...flows.map(({ sending }) => sending.durationNs)) / 1e9;
  return {
    index: request.index,
    arm: request.arm,
    round: request.round,
    purpose: request.purpose,
    ratePps: request.ratePps,
    durationMs: request.durationMs,
    ...(request.repeatOf !== undefined && { repeatOf: request.repeatOf }),
    incomplete: undefined,
    chains: flows.map(({ route, sending, passings }) => chainOf(lab, route, sending, passings, random)),
    ...hygieneOf({ lab, seconds, stolen, speed, flows }),
    generatorCeilingPps: request.ceilingPps,
    flags: [],
  };
}

/** What each generator of a lab could send if nobody behind the first switch, or the kernel, were slow; undefined where none is corebed's. */
export function simulatedCeilingPps(lab: Lab): number | undefined {
  const pktgens = new Set(lab.nfs.filter(({ app }) => app === "pktgen").map(({ name }) => name));
  // Backwards traffic is left out, and all others are frozen, as when a real ceiling is measured.
  const senders = routesOf({ ...lab, traffic: { ...lab.traffic, direction: "one" } })
    .filter(({ hops }) => pktgens.has(hops[0]?.from.nf ?? ""))
    .map((route) => stationsOf(lab, route).filter(({ kind, holdsBack }) => kind === "generator" || holdsBack));
  if (senders.length === 0 || lab.hops.length === 0 || sendsIntoMemif(lab)) return undefined;
  const total = steadyRates(senders, undefined, 1).reduce((sum, rates) => sum + (rates.at(-1)?.outPps ?? 0), 0);
  return total / senders.length;
}

type Sending = Pick<ChainMeasurement, "offered" | "sent" | "durationNs">;

function sendingOf({ ratePps, durationMs, packets }: SimulatedRequest, pps: number): Sending {
  if (packets !== undefined) {
    return { offered: packets, sent: packets, durationNs: Math.round((packets * 1e9) / Math.max(1, pps)) };
  }
  const sent = Math.round((pps * durationMs) / 1000);
  const asked = ratePps === undefined ? sent : Math.round((ratePps * durationMs) / 1000);
  return { offered: Math.max(sent, asked), sent, durationNs: Math.round(durationMs * 1e6) };
}

function chainOf(
  lab: Lab,
  route: Route,
  sending: Sending,
  passings: readonly Passing[],
  random: () => number,
): ChainMeasurement {
  const received = passings.at(-1)?.passed ?? sending.sent;
  const limits = limitsOf(lab, route, passings, sending.durationNs);
  const kernelHops = route.hops.filter((hop) => !onSharedMemory(hop)).length;
  return {
    chain: route.chain.name,
    ...(route.direction === "reverse" && { direction: route.direction }),
    ...sending,
    received,
    receivedBytes: Math.round(received * meanFrameBytes(lab.traffic.frames)),
    reordered: 0,
    duplicates: 0,
    // Frames of a capture carry no stamp to tell their age by.
    latency:
      lab.traffic.pcap === undefined && route.hops.length > 0
        ? latencies(passings, kernelHops, received, random)
        : undefined,
    ...(limits.length > 0 && { limits }),
    points: pointsOf(lab, route, passings, sending.sent),
  };
}

/** Asked and achieved of every limited hop; limits hold in the chain's own direction. */
function limitsOf(lab: Lab, route: Route, passings: readonly Passing[], durationNs: number): readonly HopLimit[] {
  if (route.direction === "reverse") return [];
  const bps = (packets: number) => (packets * meanFrameBytes(lab.traffic.frames) * 8e9) / Math.max(1, durationNs);
  return route.hops.flatMap(({ limit, from, to }, index): readonly HopLimit[] => {
    const passing = passings.find(({ rate: { station } }) => station.hop === index && station.limitPps !== undefined);
    if (limit === undefined || passing === undefined) return [];
    const { arrived, overLimit, overflowed } = passing;
    const rates = { offeredBps: bps(arrived + overLimit), achievedBps: bps(arrived - overflowed) };
    return [{ from: from.nf, to: to.nf, at: limit.at, askedBps: limit.rateBps, ...rates }];
  });
}

/** Box and Muller's transform. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
