import type { LabHop, LabNf } from "../lab/lab.ts";
import { throughSwitch } from "../topology/datapaths.ts";
import type { Datapath } from "../topology/topology.ts";

/*
 * What packets cost on the modelled host, in cycles. The figures make a lab plausible, in the order of what others measured; they are no measurement of
 * anything.
 */

/** Clock of the modelled CPUs. */
export const CLOCK_HZ = 2.5e9;

/**
 * An NF's own work. Sending: a generator that writes a sequence number and a stamp fills a null driver at 23.4 Mpps with 2.5 GHz, 107 cycles, mbuf included.
 * Receiving with a histogram of latencies, and forwarding: estimates beside it.
 */
const SEND_CYCLES = 107;
const RECEIVE_CYCLES = 120;
const FORWARD_CYCLES = 40;

/**
 * Taking a packet from a virtio ring, or putting it in, with the other end on another CPU: testpmd that passed packets from one vhost-user port to another on a
 * CPU of its own came to 3.58 Mpps at 2.5 GHz, 698 cycles for the two.
 */
const VIRTIO_CYCLES = 340;

/**
 * The same for a memif's ring, without the copy. A generator and a counter on a CPU each came to 20 to 48 Mpps with 64 bytes, as fast as or faster than what
 * is reckoned above for their own work: the ring itself can cost little.
 */
const MEMIF_CYCLES = 15;

/** A driver's work for one packet of a network card, about what an NF's own is: drivers of 10 Gbit/s cards come to some 15 Mpps a core and more. */
const NIC_CYCLES = 80;

/**
 * Sending on a kernel datapath, with all that runs inside of it up to the receiver's socket: 0.10 to 0.17 Mpps on a docker bridge and 0.07 to 0.13 on macvlan
 * were measured with af_packet on a 2.5 GHz CPU for each end. A bare veth pair leaves the bridge out: an estimate.
 */
const KERNEL_SEND_CYCLES: Readonly<Record<Exclude<Datapath, "vhost-user" | "memif" | "nic" | "none">, number>> = {
  "docker-bridge": 17_000,
  macvlan: 24_000,
  // Estimates: as macvlan, and as a bridge.
  ipvlan: 24_000,
  overlay: 17_000,
  host: 12_000,
  // Into the switch: what it costs from there on is the switch's.
  "af-xdp": 3_000,
  "ovs-veth": 5_000,
};
/** Taking a packet from the mapped ring of a packet socket. */
const KERNEL_RECEIVE_CYCLES = 4_000;

/** OVS from one vhost-user port to another, two copies and lookup: 437 cycles at 64 bytes (Zhang et al., CoNEXT 2019, v2v), less its copies. */
const SWITCH_CYCLES = 415;
/** Each byte of each copy: the same source, 64 against 1024 bytes. */
const COPY_CYCLES_PER_BYTE = 0.17;
/** Each port more: the same source, chains of two to five VMs, 426 to 650 cycles for each pass with six ports more. */
const PORT_CYCLES = 37;
/**
 * Each doubling of the flows: 2.96 against 2.91 Mpps with 1 and 1000 flows through two passes (Tu et al., SIGCOMM 2021, PVP). Labs' rules name nothing but the
 * port, so OVS' simple match answers every lookup and no cache is missed, however many flows there are; it is headers and rings that are colder.
 */
const SWITCH_FLOW_CYCLES = 0.7;

/** A worker's table of flows: an entry for each, and what finding it costs once the table has outgrown a cache. Usual sizes of 2nd and 3rd level caches. */
const FLOW_BYTES = 64;
const CACHES = [
  { bytes: 1024 ** 2, missCycles: 40 },
  { bytes: 32 * 1024 ** 2, missCycles: 160 },
] as const;

/** A worker that shares its CPU hands it on after this many packets (images/nf/src/worker.c: 8 bursts of 32), and then finds its caches cold. */
export const PACKETS_PER_TURN = 256;
const TURN_CYCLES = 10_000;

/** Cycles that a packet costs the NF at one end of a hop, besides the NF's own work. */
export function endCycles(hop: LabHop, end: "send" | "receive", frameBytes: number): number {
  if (hop.datapath === "vhost-user") return VIRTIO_CYCLES;
  if (hop.datapath === "none") return 0;
  if (hop.datapath === "nic") {
    const nic = end === "send" ? hop.nics?.out : hop.nics?.in;
    return nic?.attach === "nf" ? NIC_CYCLES : VIRTIO_CYCLES;
  }
  if (hop.datapath === "memif") return MEMIF_CYCLES + frameBytes * COPY_CYCLES_PER_BYTE;
  const kernel = end === "send" ? KERNEL_SEND_CYCLES[hop.datapath] : KERNEL_RECEIVE_CYCLES;
  return kernel + frameBytes * COPY_CYCLES_PER_BYTE;
}

/** Cycles of the NF itself, in this role: where traffic goes both ways, an NF at the end of a chain has two. */
export function nfCycles(nf: LabNf | undefined, role: "generator" | "forwarder" | "receiver", flows: number): number {
  const turn = nf?.sharesCpu === true ? TURN_CYCLES / PACKETS_PER_TURN : 0;
  switch (role) {
    case "generator":
      return SEND_CYCLES + turn;
    case "receiver":
      return RECEIVE_CYCLES + turn + missCycles(flows * FLOW_BYTES);
    case "forwarder": {
      const { workCycles = 0, workBytes = 0 } = nf?.forward ?? {};
      return FORWARD_CYCLES + turn + workCycles + missCycles(workBytes);
    }
  }
}

/**
 * What a port on a veth pair costs OVS besides: labs of two NFs that shared a CPU came to 0.4 to 0.5 Mpps with AF_XDP everywhere, 4,900 cycles of the poll-mode
 * thread for each pass, and to 0.16 to 0.19 Mpps with packet sockets.
 */
const WIRE_CYCLES: Readonly<Partial<Record<Datapath, number>>> = { "af-xdp": 4_500, "ovs-veth": 13_000 };

/** Cycles of one pass through OVS. */
export function switchCycles(datapath: Datapath, frameBytes: number, flows: number, ports: number): number {
  const copies = 2 * frameBytes * COPY_CYCLES_PER_BYTE;
  return (
    SWITCH_CYCLES +
    (WIRE_CYCLES[datapath] ?? 0) +
    copies +
    PORT_CYCLES * Math.max(0, ports - 2) +
    SWITCH_FLOW_CYCLES * Math.log2(flows)
  );
}

/** Passes through OVS that a packet makes on a hop. */
export function switchPasses({ datapath, nics }: LabHop): number {
  if (throughSwitch(datapath)) return 1;
  return [nics?.out, nics?.in].filter((nic) => nic?.attach === "switch").length;
}

/** A look into so much memory, somewhere: each cache answers for the share of it that it holds. */
function missCycles(bytes: number): number {
  return CACHES.reduce((sum, cache) => sum + cache.missCycles * Math.max(0, 1 - cache.bytes / Math.max(1, bytes)), 0);
}
