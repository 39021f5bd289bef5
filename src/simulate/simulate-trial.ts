import type { Lab, LabChain, LabHop } from "../lab/lab.ts";
import type { CountingPoint } from "../measure/ledger.ts";
import type { ChainMeasurement, TrialMeasurement } from "../measure/measurement.ts";
import { meanFrameBytes } from "../topology/frames.ts";
import { CLOCK_HZ } from "./costs.ts";
import { latencies } from "./latencies.ts";
import { burstLoss, type StationRate, steadyRates } from "./rates.ts";
import { stationsOf } from "./stations.ts";

/** What is asked of a simulated trial; the fields are those of a trial on a real bed. */
export interface SimulatedRequest {
  readonly index: number;
  readonly arm: string;
  readonly round: number;
  readonly purpose: string;
  readonly ratePps: number | undefined;
  readonly durationMs: number;
  readonly packets?: number | undefined;
  readonly repeatOf?: number | undefined;
  readonly ceilingPps: number | undefined;
}

/** Standard deviation of the logarithm of a trial's speed: an ordinary quiet machine. */
const SPEED_SPREAD = 0.01;
/** How often something else takes time from the machine, and what it costs. */
const DISTURBED_SHARE = 0.02;
const DISTURBED_SPEED = 0.8;
/** Loss begins this near to what a station can handle. */
const NEARLY_FULL = 0.97;
const TICKS_PER_SECOND = 100;

/**
 * What a trial on the modelled data plane counts: the same counters in the same places as on a real lab, and every packet is in them. Nothing of it was
 * measured.
 */
export function simulateTrial(lab: Lab, request: SimulatedRequest, random: () => number): TrialMeasurement {
  const disturbed = random() < DISTURBED_SHARE;
  const speed = Math.exp(SPEED_SPREAD * normal(random)) * (disturbed ? DISTURBED_SPEED : 1);
  const directions = lab.traffic.direction === "both" ? (["forward", "reverse"] as const) : (["forward"] as const);
  const flows = lab.chains.flatMap((chain) => directions.map((direction) => ({ chain, direction })));
  const oriented = flows.map(({ chain, direction }) => orient(lab, chain, direction));
  const rates = steadyRates(
    oriented.map(({ lab: own, chain }) => stationsOf(own, chain)),
    request.ratePps,
    speed,
  );
  const chains = oriented.map(({ lab: own, chain, direction }, index) =>
    simulateChain({ lab: own, chain, direction, rates: rates[index] ?? [], request, random }),
  );
  const passes = rates.flat().filter(({ station }) => station.kind === "switch");
  const seconds = request.durationMs / 1000;
  return {
    index: request.index,
    arm: request.arm,
    round: request.round,
    purpose: request.purpose,
    ratePps: request.ratePps,
    durationMs: request.durationMs,
    ...(request.repeatOf !== undefined && { repeatOf: request.repeatOf }),
    incomplete: undefined,
    chains,
    cpus: lab.cpus.owners.map(({ cpu }) => {
      const totalTicks = Math.round(seconds * TICKS_PER_SECOND);
      const stealTicks = disturbed ? Math.round(totalTicks * (1 - DISTURBED_SPEED)) : 0;
      return { cpu, stealTicks, busyTicks: totalTicks - stealTicks, totalTicks, interrupts: [] };
    }),
    threads: [],
    nfs: rates
      .flat()
      .filter(({ station }) => station.kind !== "switch")
      .map(({ station, load, shared }) => {
        const cycles = CLOCK_HZ * seconds * Math.max(shared, load);
        const busyCycles = Math.round(CLOCK_HZ * seconds * load);
        return {
          nf: station.owner,
          cpu: station.cpu,
          busyCycles,
          idleCycles: Math.max(0, Math.round(cycles) - busyCycles),
          yields: 0,
          ringSizes: [station.ring],
        };
      }),
    switchPorts: [],
    pmds: [...new Set(passes.map(({ station }) => station.cpu))].map((cpu) => {
      const own = passes.filter(({ station }) => station.cpu === cpu);
      const packets = Math.round(own.reduce((sum, { outPps }) => sum + outPps, 0) * seconds);
      const busyCycles = Math.round(
        own.reduce((sum, { station, outPps }) => sum + outPps * station.cyclesPerPacket, 0) * seconds,
      );
      return {
        cpu,
        busyCycles,
        idleCycles: Math.max(0, Math.round(CLOCK_HZ * seconds) - busyCycles),
        packets,
        simpleMatchHits: packets,
        emcHits: 0,
        smcHits: 0,
        megaflowHits: 0,
        upcalls: 0,
        lostUpcalls: 0,
      };
    }),
    generatorCeilingPps: request.ceilingPps,
    flags: [],
  };
}

/** What all generators of a lab could send together if nobody behind them were slow. */
export function simulatedCeilingPps(lab: Lab): number {
  const chains = lab.chains.map((chain) =>
    stationsOf(lab, chain)
      .filter(({ kind }) => kind === "generator" || kind === "switch")
      .slice(0, 2),
  );
  return steadyRates(chains, undefined, 1).reduce((sum, stations) => sum + (stations.at(-1)?.outPps ?? 0), 0);
}

/** A chain seen in the direction that its packets take: backwards the last NF generates and the first receives. */
function orient(lab: Lab, chain: LabChain, direction: "forward" | "reverse") {
  if (direction === "forward") return { lab, chain, direction };
  const apps = new Map([
    [chain.path[0], "stats" as const],
    [chain.path.at(-1), "pktgen" as const],
  ]);
  const hops = lab.hops.filter((hop) => hop.chain === chain.name).toReversed();
  return {
    lab: {
      ...lab,
      hops: hops.map((hop): LabHop => ({ ...hop, from: hop.to, to: hop.from })),
      nfs: lab.nfs.map((nf) => ({ ...nf, app: apps.get(nf.name) ?? nf.app })),
    },
    chain: { ...chain, path: chain.path.toReversed() },
    direction,
  };
}

interface ChainParts {
  readonly lab: Lab;
  readonly chain: LabChain;
  readonly direction: "forward" | "reverse";
  readonly rates: readonly StationRate[];
  readonly request: SimulatedRequest;
  readonly random: () => number;
}

function simulateChain({ lab, chain, direction, rates, request, random }: ChainParts): ChainMeasurement {
  const [generator] = rates;
  const seconds = request.durationMs / 1000;
  const pps = rates.find(({ station }) => station.kind !== "generator")?.inPps ?? 0;
  const sentPps = Math.min(generator?.outPps ?? 0, pps);
  const sent = request.packets ?? Math.round(sentPps * seconds);
  const durationNs = Math.round((request.packets === undefined ? seconds : sent / Math.max(1, sentPps)) * 1e9);
  const offered =
    request.ratePps === undefined || request.packets !== undefined
      ? sent
      : Math.max(sent, Math.round(request.ratePps * seconds));
  const losses = rates.map((rate) =>
    request.packets === undefined ? steadyLoss(rate, random) : burstLoss(rate, sent, sentPps),
  );
  const points = pointsOf(lab, chain, rates, losses, sent);
  const received = points.at(-1)?.packets ?? sent;
  return {
    chain: chain.name,
    ...(direction === "reverse" && { direction }),
    offered,
    sent,
    received,
    receivedBytes: Math.round(received * meanFrameBytes(lab.traffic.frames)),
    durationNs,
    reordered: 0,
    duplicates: 0,
    latency: lab.traffic.pcap === undefined ? latencies(rates, lab, received, random) : undefined,
    points,
  };
}

/** Share of the packets that a station drops: what is over its capacity, and a little just below it, most on a shared CPU, whose turns let rings fill. */
function steadyLoss({ station, inPps, outPps, load, shared }: StationRate, random: () => number): number {
  if (station.kind === "generator" || inPps <= 0) return 0;
  const over = 1 - outPps / inPps;
  const full = load / Math.max(1e-9, shared);
  if (full < NEARLY_FULL) return 0;
  return Math.min(1, over + (shared < 1 ? 4e-4 : 2e-5) * random());
}

/** The places where the packets of a chain are counted, as a real lab names them. */
function pointsOf(
  lab: Lab,
  chain: LabChain,
  rates: readonly StationRate[],
  losses: readonly number[],
  sent: number,
): readonly CountingPoint[] {
  const hops = lab.hops.filter((hop) => hop.chain === chain.name);
  const lossAt = (index: number, isSwitch: boolean): number =>
    losses[
      rates.findIndex(
        ({ station }) =>
          station.hop === index && station.kind !== "generator" && (station.kind === "switch") === isSwitch,
      )
    ] ?? 0;
  const points: CountingPoint[] = [];
  let packets = sent;
  for (const [index, hop] of hops.entries()) {
    const [from, to] = [`${hop.from.nf} port ${hop.from.port} tx`, `${hop.to.nf} port ${hop.to.port} rx`];
    const refused = index === 0 ? 0 : Math.round(packets * lossAt(index, true));
    packets -= refused;
    const place = (at: string, drops: CountingPoint["drops"] = []): CountingPoint => ({
      at,
      counter: `simulated ${at}`,
      packets,
      drops,
    });
    const dropOf = (reason: string, count: number) =>
      count > 0 ? [{ reason, counter: "simulated", packets: count }] : [];
    points.push(place(from, dropOf("the next ring was full", refused)));
    if (hop.datapath === "vhost-user") points.push(place(`switch port of ${hop.from.nf} rx`));
    const lost = Math.round(packets * lossAt(index, false));
    packets -= lost;
    if (hop.datapath === "vhost-user") {
      points.push(
        place(`switch port of ${hop.to.nf} tx`, dropOf(`the ring of ${hop.to.nf} was full`, lost)),
        place(to),
      );
    } else {
      points.push(place(to, dropOf("the packet socket's ring was full", lost)));
    }
  }
  return points;
}

/** Box and Muller's transform. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
