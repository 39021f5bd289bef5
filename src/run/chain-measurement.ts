import type { Lab, LabChain } from "../lab/lab.ts";
import type { CountingPoint } from "../measure/ledger.ts";
import type { ChainMeasurement } from "../measure/measurement.ts";
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
): readonly ChainMeasurement[] {
  const directions: readonly Direction[] = lab.traffic.direction === "both" ? ["forward", "reverse"] : ["forward"];
  return directions.map((direction) => chainMeasurement(lab, chain, direction, before, after));
}

function chainMeasurement(
  lab: Lab,
  { name, path }: LabChain,
  direction: Direction,
  before: Sample,
  after: Sample,
): ChainMeasurement {
  const ends = direction === "forward" ? [path[0], path.at(-1)] : [path.at(-1), path[0]];
  const [sender = "", receiver = ""] = ends;
  const points = countingPoints(lab, name, direction, before, after);
  const sent = senderFigures(after, sender, direction);
  const got = receiverFigures(after, receiver, direction);
  const sending = sendingOf(sent, after.nfs.get(sender)?.tscHz, points, before, after);
  const limits = hopLimits(lab, name, direction, before, after, sending.durationNs);
  return {
    chain: name,
    ...(direction === "reverse" && { direction }),
    ...sending,
    ...receiving(got, lab, points),
    ...(got !== undefined && { receiver: receiverOf(got, lab) }),
    ...(sent !== undefined && sent.windows.count > 0 && { windows: sent.windows }),
    ...((sent === undefined || got === undefined) && { approximate: true }),
    ...(limits.length > 0 && { limits }),
    // The receiver's own split into stamped and foreign frames is no step that loses those of a capture.
    points: lab.traffic.pcap === undefined ? points : points.filter(({ at }) => at !== `${receiver} counted`),
  };
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
 * What arrived. Frames of a capture carry no stamp: the receiver counts them apart, as foreign, and they are what the trial is about. Where the receiver is none
 * of corebed's, the last counter on the way stands in for it.
 */
function receiving(got: ReceiverFigures | undefined, lab: Lab, points: readonly CountingPoint[]): Receiving {
  if (got === undefined) {
    const received = points.at(-1)?.packets ?? 0;
    const meanBytes = lab.traffic.frames.length === 1 ? (lab.traffic.frames[0]?.bytes ?? 0) : 0;
    return { received, receivedBytes: received * meanBytes, reordered: 0, duplicates: 0, latency: undefined };
  }
  const replayed = lab.traffic.pcap !== undefined;
  return {
    received: replayed ? got.foreign : got.received,
    receivedBytes: replayed ? got.foreignBytes : got.receivedBytes,
    reordered: got.reordered,
    duplicates: got.duplicates,
    latency: replayed ? undefined : (got.latencyNs as ChainMeasurement["latency"]),
  };
}
