import { onWire } from "../topology/datapaths.ts";
import { meanFrameBytes } from "../topology/frames.ts";
import type { Datapath, LimitPlace, LimitSpec, TrafficSpec } from "../topology/topology.ts";

/** How much a hop lets through, with everything filled in. Bits and bytes are those of frames with their FCS. */
export interface LabLimit {
  readonly rateBps: number;
  readonly burstBytes: number;
  readonly at: LimitPlace;
}

/**
 * What passes at once after a pause, unless told otherwise, as time at the full rate: a poll-mode thread that is kept from its CPU for longer loses part of the
 * rate, and a trial lets as much more through.
 */
const BURST_MS = 20;
/** The least that a bucket may hold: a few of the largest frames, or a policer would let none of them through. */
const LEAST_FRAMES = 4;
const LARGEST_FRAME_BYTES = { usual: 1522, jumbo: 9022 } as const;

/** Nor less than what passes in this time, between two looks of whoever fills the bucket. */
const LEAST_BURST_US = 200;

/** What a policer of OVS leaves out of each frame: Ethernet's header and the FCS, for it counts IP packets (lib/netdev-dpdk.c). */
const NOT_POLICED_BYTES = 18;
/** What a meter leaves out: a buffer holds no FCS. */
const NOT_METERED_BYTES = 4;

/** Fills a limit of the file in. */
export function labLimit(spec: LimitSpec, traffic: TrafficSpec): LabLimit {
  const jumbo = traffic.frames.some(({ bytes }) => bytes > LARGEST_FRAME_BYTES.usual);
  const least = Math.max(
    LEAST_FRAMES * LARGEST_FRAME_BYTES[jumbo ? "jumbo" : "usual"],
    Math.round((spec.rateBps * LEAST_BURST_US) / 8e6),
  );
  const usual = Math.round((spec.rateBps * BURST_MS) / 8000);
  return {
    rateBps: spec.rateBps,
    burstBytes: Math.max(least, spec.burstBytes ?? usual),
    at: spec.at,
  };
}

/** Datapaths on which the sender's kernel interface holds a rate, in a queue. */
const SHAPED: readonly Datapath[] = ["docker-bridge", "macvlan", "ipvlan", "overlay", "host"];

/** Where a datapath can hold a rate. OVS polices only ports of DPDK; a meter in the flow rule holds packets of any port. */
export function limitPlaces(datapath: Datapath): readonly LimitPlace[] {
  if (datapath === "vhost-user") return ["egress", "ingress", "meter"];
  if (onWire(datapath)) return ["meter"];
  return SHAPED.includes(datapath) ? ["egress"] : [];
}

/** Whether the sender's kernel interface holds the rate of a hop, in a queue. */
export function isShaped(hop: { readonly datapath: Datapath; readonly limit?: LabLimit }): boolean {
  return hop.limit !== undefined && SHAPED.includes(hop.datapath);
}

/** Of the token buckets that corebed sets, so that it knows its own. */
export const SHAPER_HANDLE = "cb1:";

/** To three digits: the kernel keeps a burst as a time, and gives it back a few bytes off. */
export function roundedBurst(bytes: number): number {
  return Number(bytes.toPrecision(3));
}

/** Rate and burst of OVS's ingress policer: kbit/s and kbit of IP packets. */
export function ingressPolicing(
  limit: LabLimit,
  traffic: TrafficSpec,
): { readonly rateKbps: number; readonly burstKb: number } {
  const share = countedShare(traffic, NOT_POLICED_BYTES);
  return kilobits(limit, share);
}

/** `other_config` of OVS's egress policer: bytes per second, and bytes, of IP packets. */
export function egressPolicing(limit: LabLimit, traffic: TrafficSpec): { readonly cir: string; readonly cbs: string } {
  const share = countedShare(traffic, NOT_POLICED_BYTES);
  return { cir: String(Math.round((limit.rateBps * share) / 8)), cbs: String(Math.round(limit.burstBytes * share)) };
}

/** Rate and burst of an OpenFlow meter: kbit/s and kbit of frames without their FCS. */
export function metering(
  limit: LabLimit,
  traffic: TrafficSpec,
): { readonly rateKbps: number; readonly burstKb: number } {
  return kilobits(limit, countedShare(traffic, NOT_METERED_BYTES));
}

function kilobits({ rateBps, burstBytes }: LabLimit, share: number) {
  return { rateKbps: Math.round((rateBps * share) / 1000), burstKb: Math.round((burstBytes * 8 * share) / 1000) };
}

/** Share of the frames' bits that something counts which leaves so many bytes of each out. The sizes in a capture are not known here: all of it. */
function countedShare({ frames, pcap }: TrafficSpec, leftOut: number): number {
  return pcap === undefined ? 1 - leftOut / meanFrameBytes(frames) : 1;
}
