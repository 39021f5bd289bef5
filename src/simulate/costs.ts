import type { LabHop, LabNf } from "../lab/lab.ts";
import type { Datapath } from "../topology/topology.ts";

/** Clock of the modelled CPUs. */
export const CLOCK_HZ = 2.5e9;

/*
 * Cycles for each packet. OVS between two vhost-user ports: 437 cycles at 64 bytes (Zhang et al., CoNEXT 2019, figures for one core), and 0.17 cycles for
 * each byte of each of two copies. Kernel paths: 0.10 to 0.17 Mpps of a core through a docker bridge and 0.07 to 0.13 through macvlan, as measured with
 * af_packet on one 2.5 GHz core. They make a lab plausible; they are no measurement of anything.
 */
const SEND_CYCLES = 90;
const RECEIVE_CYCLES = 80;
const FORWARD_CYCLES = 120;
const COPY_CYCLES_PER_BYTE = 0.17;
const SWITCH_CYCLES = 400;
/** A lookup that the caches in front of the flow table miss. */
const MISS_CYCLES = 60;
/** Flows that the caches in front of the flow table hold. */
const CACHED_FLOWS = 8192;
const CACHE_LINE_MISS_CYCLES = 200;
const LAST_LEVEL_CACHE_BYTES = 8 * 1024 ** 2;

/** What sending and receiving a packet over the kernel costs the two ends. */
const KERNEL_CYCLES: Readonly<
  Record<Exclude<Datapath, "vhost-user">, { readonly send: number; readonly receive: number }>
> = {
  "docker-bridge": { send: 12_000, receive: 5_000 },
  macvlan: { send: 14_000, receive: 5_000 },
  host: { send: 10_000, receive: 5_000 },
};

/** Cycles that a packet costs the NF at one end of a hop: its own work is counted at the hop that brings the packet, or for a generator takes it away. */
export function endCycles(hop: LabHop, end: "send" | "receive", frameBytes: number): number {
  const copy = frameBytes * COPY_CYCLES_PER_BYTE;
  return hop.datapath === "vhost-user" ? (end === "send" ? copy : 0) : KERNEL_CYCLES[hop.datapath][end] + copy;
}

/** Cycles of the NF itself. */
export function nfCycles(nf: LabNf | undefined): number {
  switch (nf?.app) {
    case "pktgen":
      return SEND_CYCLES;
    case "stats":
      return RECEIVE_CYCLES;
    default: {
      const work = nf?.forward;
      const misses = (work?.workBytes ?? 0) > LAST_LEVEL_CACHE_BYTES ? CACHE_LINE_MISS_CYCLES : 0;
      return FORWARD_CYCLES + (work?.workCycles ?? 0) + misses;
    }
  }
}

/** Cycles of one pass through OVS. Each port more is one more to poll. */
export function switchCycles(frameBytes: number, flows: number, ports: number): number {
  const miss = flows > CACHED_FLOWS ? MISS_CYCLES * Math.min(4, Math.log2(flows / CACHED_FLOWS)) : 0;
  return SWITCH_CYCLES + 2 * frameBytes * COPY_CYCLES_PER_BYTE + miss + 6 * Math.max(0, ports - 2);
}
