import type { Lab, LabChain, PortRef } from "../lab/lab.ts";
import { latencyUncertaintyNs, whyNotOneWay } from "../measure/clock-difference.ts";
import { type Histogram, quantile } from "../measure/histogram.ts";
import type { CountingPoint } from "../measure/ledger.ts";
import type { ChainMeasurement } from "../measure/measurement.ts";
import { meanFrameBytes } from "../topology/frames.ts";
import { type ClockEnds, type Clocks, clockEnds, clockKey } from "./clocks.ts";
import { countingPoints, type Direction } from "./counting-points.ts";
import { type ReceiverFigures, receiverFigures, type SenderFigures, senderFigures } from "./figures.ts";
import { hopLimits } from "./hop-limits.ts";
import { receiverOf } from "./receiver.ts";
import type { Sample } from "./sample.ts";

/** What was counted on a chain in one trial: once, or for each direction where traffic goes both ways. */
export function chainMeasurements(
  lab: Lab,
  chain: LabChain,
  before: Sample,
  after: Sample,
  clocks: ClocksAround = { before: new Map(), after: new Map() },
): readonly ChainMeasurement[] {
  const directions: readonly Direction[] = lab.traffic.direction === "both" ? ["forward", "reverse"] : ["forward"];
  return directions.map((direction) => chainMeasurement(lab, chain, direction, before, after, clocks));
}

function chainMeasurement(
  lab: Lab,
  { name, path }: LabChain,
  direction: Direction,
  before: Sample,
  after: Sample,
  clocks: ClocksAround,
): ChainMeasurement {
  const ends = direction === "forward" ? [path[0], path.at(-1)] : [path.at(-1), path[0]];
  const [sender = "", receiver = ""] = ends;
  const end = receivingEnd(lab, name, direction) ?? { nf: receiver, port: 0 };
  const points = countingPoints(lab, name, direction, before, after);
  const sent = senderFigures(after, sender, direction);
  const got = receiverFigures(after, end, direction);
  const sending = sendingOf(sent, after.nfs.get(sender)?.tscHz, points, before, after);
  const limits = hopLimits(lab, name, direction, before, after, sending.durationNs);
  // Neither frames of a capture nor those of a program that is none of corebed's carry its stamp.
  const unstamped = lab.traffic.pcap !== undefined || sent === undefined;
  const between = unstamped ? undefined : clocksBetween(clockEnds(lab, path, direction), got?.latencyNs, clocks);
  const then = unstamped ? receiverFigures(before, end, direction) : undefined;
  return {
    chain: name,
    ...(direction === "reverse" && { direction }),
    ...sending,
    ...(got === undefined ? atLastCounter(points, lab, end, before, after) : receiving(got, unstamped, then, between)),
    ...(between !== undefined && { clocks: between }),
    ...(got !== undefined && { receiver: receiverOf(got, lab) }),
    ...(sent !== undefined && sent.windows.count > 0 && { windows: sent.windows }),
    // What the null driver takes from an NF that is alone is counted by the sender.
    ...((sent === undefined || (got === undefined && path.length > 1)) && { approximate: true }),
    ...(limits.length > 0 && { limits }),
    // The receiver's own split into stamped and foreign frames is no step that loses those without a stamp.
    points: unstamped ? points.filter(({ at }) => at !== `${receiver} counted`) : points,
  };
}

/** The port by which the last NF takes what comes in this direction; undefined for an NF that is alone. */
export function receivingEnd({ hops }: Pick<Lab, "hops">, chain: string, direction: Direction): PortRef | undefined {
  const own = hops.filter((hop) => hop.chain === chain);
  return direction === "forward" ? own.at(-1)?.to : own[0]?.from;
}

/** What was sent, and how long for: as the generator tells it, or, where it is none of corebed's, as the first counter on the way does. */
function sendingOf(
  sent: SenderFigures | undefined,
  tscHz: number | undefined,
  points: readonly CountingPoint[],
  before: Sample,
  after: Sample,
): Pick<ChainMeasurement, "offered" | "sent" | "durationNs"> {
  if (sent !== undefined && tscHz !== undefined) {
    const durationNs = Math.max(0, Math.round(((sent.stopTsc - sent.startTsc) / tscHz) * 1e9));
    return { offered: sent.offered, sent: sent.sent, durationNs };
  }
  const packets = points[0]?.packets ?? 0;
  return { offered: packets, sent: packets, durationNs: Math.round((after.takenAtMs - before.takenAtMs) * 1e6) };
}

type Receiving = Pick<ChainMeasurement, "received" | "receivedBytes" | "reordered" | "duplicates" | "latency">;

/**
 * What the receiver says. Frames without a stamp it counts apart, as foreign: where nothing else is sent, they are what the trial is about. A sender that never
 * stops sent some of them before the trial.
 */
function receiving(
  got: ReceiverFigures,
  unstamped: boolean,
  then: ReceiverFigures | undefined,
  between: ChainMeasurement["clocks"],
): Receiving {
  return {
    received: unstamped ? got.foreign - (then?.foreign ?? 0) : got.received,
    receivedBytes: unstamped ? got.foreignBytes - (then?.foreignBytes ?? 0) : got.receivedBytes,
    reordered: got.reordered,
    duplicates: got.duplicates,
    latency: unstamped || between?.withheld !== undefined ? undefined : (got.latencyNs as ChainMeasurement["latency"]),
  };
}

/** What was known of the hosts' clocks before and after a trial. */
interface ClocksAround {
  readonly before: Clocks;
  readonly after: Clocks;
}

/** Stamps of one machine's clock say by another's what the difference of the two is known to; undefined where both ends are on one. */
function clocksBetween(
  ends: ClockEnds | undefined,
  latency: unknown,
  { before, after }: ClocksAround,
): ChainMeasurement["clocks"] {
  if (ends === undefined) return undefined;
  const [then, now] = [before.get(clockKey(ends)), after.get(clockKey(ends))];
  if (then === undefined || now === undefined) {
    return { ...ends, withheld: "no NF of corebed's could be asked for the clocks of both hosts" };
  }
  const medianNs = latency === undefined ? undefined : quantile(latency as Histogram, 0.5);
  const withheld = medianNs === undefined ? undefined : whyNotOneWay(then, now, medianNs);
  return {
    ...ends,
    unixAheadNs: Math.round(now.unixNs),
    uncertaintyNs: Math.round(latencyUncertaintyNs(then, now)),
    ...(withheld !== undefined && { withheld }),
  };
}

const FCS_BYTES = 4;

/**
 * Where the receiver is none of corebed's, the last counter on the way stands in for it. Switch ports and kernel interfaces count bytes as well, without the
 * FCS; others leave the mean frame.
 */
function atLastCounter(
  points: readonly CountingPoint[],
  lab: Lab,
  end: PortRef,
  before: Sample,
  after: Sample,
): Receiving {
  const received = points.at(-1)?.packets ?? 0;
  const ofport = lab.switch?.ports.find(({ nf, port }) => nf === end.nf && port === end.port)?.ofport;
  const bytes = ({ switchPorts, interfaces }: Sample): number | undefined =>
    interfaces.get(`${end.nf}/${end.port}`)?.rxBytes ?? switchPorts.get(ofport ?? 0)?.txBytes;
  const now = bytes(after);
  const receivedBytes =
    now === undefined
      ? Math.round(received * meanFrameBytes(lab.traffic.frames))
      : now - (bytes(before) ?? 0) + FCS_BYTES * received;
  return { received, receivedBytes, reordered: 0, duplicates: 0, latency: undefined };
}
