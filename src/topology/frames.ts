import type { FrameShare, TrafficSpec } from "./topology.ts";

/** Smallest and largest frame of Ethernet with and without jumbo frames, in bytes with the 4-byte FCS. */
export const FRAME_BYTES = { min: 64, max: 9018, standardMax: 1518 } as const;
/** Preamble, start delimiter and gap between frames: what a frame takes of a line besides itself (IEEE 802.3). */
export const LINE_OVERHEAD_BYTES = 20;
/** "Simple IMIX": seven small, four medium, one large. */
export const IMIX: readonly FrameShare[] = [
  { bytes: 64, weight: 7 },
  { bytes: 570, weight: 4 },
  { bytes: 1518, weight: 1 },
];

/** Mean size of the frames of a genome in bytes, with the FCS. */
export function meanFrameBytes(frames: readonly FrameShare[]): number {
  const total = frames.reduce((sum, { weight }) => sum + weight, 0);
  return frames.reduce((sum, { bytes, weight }) => sum + bytes * weight, 0) / Math.max(1, total);
}

/** The largest frame of a genome in bytes, with the FCS. */
export function largestFrameBytes(frames: readonly FrameShare[]): number {
  return Math.max(...frames.map(({ bytes }) => bytes));
}

/** A genome as people write it: `64`, or `7x64 + 4x570 + 1x1518`. */
export function genomeText(frames: readonly FrameShare[]): string {
  const [only] = frames;
  if (frames.length === 1 && only !== undefined) return String(only.bytes);
  return frames.map(({ bytes, weight }) => `${weight}x${bytes}`).join(" + ");
}

/** Ethernet, the stamp (images/nf/src/stamp.h) and the FCS: what every frame that is measured has besides its other headers. */
const ETHERNET_BYTES = 14;
const STAMP_BYTES = 18;
const FCS_BYTES = 4;

/** The smallest frame that has room for these headers and the stamp, in bytes with the FCS. */
export function smallestStampedFrame(headers: Pick<TrafficSpec, "vlan" | "network" | "transport">): number {
  const tag = headers.vlan === undefined ? 0 : 4;
  const network = headers.network === "ipv6" ? 40 : 20;
  const transport = headers.transport === "tcp" ? 20 : 8;
  return Math.max(FRAME_BYTES.min, ETHERNET_BYTES + tag + network + transport + STAMP_BYTES + FCS_BYTES);
}
