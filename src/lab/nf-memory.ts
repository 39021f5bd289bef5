import type { NfSpec, TrafficSpec } from "../topology/topology.ts";
import type { LabPort } from "./lab.ts";
import { mtuOf, USUAL_MTU_BYTES } from "./mtu.ts";

/** An NF's 8,192 buffers of jumbo frames take this much. */
const JUMBO_MEMORY_MIB = 128;
/** What DPDK takes besides buffers. */
const OTHER_MEMORY_MIB = 16;
/** A buffer with its headers and the pool's (images/nf/src/port.c, `port_pool`), and how many lie in a worker's cache at most. */
const BUFFER_BYTES = { usual: 2432, jumbo: 9600 } as const;
const CACHED_BUFFERS = 1024;
/** Slots and ports that the memory which the file gives, or the usual, always has buffers for. */
const USUAL_SLOTS = 1024;
const USUAL_PORTS = 2;
/** What the kernel holds of an AF_XDP port besides. */
const XDP_BUFFERS = 4096;

const MIB = 1024 ** 2;

/** Huge-page memory of an NF: what the file says, or what its buffers take if that is more. */
export function nfMemoryMib(nf: NfSpec, ports: readonly LabPort[], traffic: TrafficSpec): number {
  const jumbo = mtuOf(traffic) > USUAL_MTU_BYTES;
  const asked = jumbo ? Math.max(nf.memoryMib, JUMBO_MEMORY_MIB) : nf.memoryMib;
  // The user's own image makes its buffers itself.
  const usual = ports.length <= USUAL_PORTS && ports.every((port) => slotsOf(port) <= USUAL_SLOTS);
  if (nf.app === undefined || usual) return asked;
  const pools = nf.app === "pktgen" ? [...ports, ...ports.slice(0, 1)] : ports;
  const buffers = pools.reduce(
    (sum, port) => sum + 2 * slotsOf(port) + CACHED_BUFFERS + (port.driver === "af-xdp" ? XDP_BUFFERS : 0),
    0,
  );
  const bytes = buffers * (jumbo ? BUFFER_BYTES.jumbo : BUFFER_BYTES.usual);
  return Math.max(asked, 2 * Math.ceil((bytes / MIB + OTHER_MEMORY_MIB) / 2));
}

/** Rings on kernel interfaces are always the usual ones. */
function slotsOf({ datapath, queues, queueSize }: LabPort): number {
  return datapath === "vhost-user" || datapath === "memif" || datapath === "nic" ? queues * queueSize : USUAL_SLOTS;
}
