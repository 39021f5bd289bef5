import { largestFrameBytes } from "../topology/frames.ts";
import type { TrafficSpec } from "../topology/topology.ts";

/** What every interface carries unless told otherwise (IEEE 802.3). */
export const USUAL_MTU_BYTES = 1500;
/** Ethernet header and FCS: what a frame has besides its packet. A VLAN tag comes on top, and interfaces allow for it. */
const FRAME_OVERHEAD_BYTES = 18;

/** Largest packet of the traffic in bytes, but not under the usual. */
export function mtuOf({ frames, pcap }: TrafficSpec): number {
  // What is in a capture is not known here; a frame that does not fit is refused when it is read.
  if (pcap !== undefined) return USUAL_MTU_BYTES;
  return Math.max(USUAL_MTU_BYTES, largestFrameBytes(frames) - FRAME_OVERHEAD_BYTES);
}

/** Enough for OVS and one shared pool of 16,384 buffers, which serves any number of vhost-user ports since packets rest in the NFs' rings. */
const SWITCH_MEMORY_MIB = { usual: 64, jumbo: 256 } as const;

/** Huge-page memory that OVS may take on each NUMA node: its buffers are as large as the largest frame. */
export function switchMemoryMib(traffic: TrafficSpec): number {
  return mtuOf(traffic) > USUAL_MTU_BYTES ? SWITCH_MEMORY_MIB.jumbo : SWITCH_MEMORY_MIB.usual;
}
