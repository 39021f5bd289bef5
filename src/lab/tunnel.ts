import type { TunnelKind } from "../topology/topology.ts";
import { shortHash } from "./names.ts";

export { TUNNEL_KINDS, type TunnelKind } from "../topology/topology.ts";

/** How a switch reaches those of the lab's other hosts: one interface on a network that all of them are on. */
export interface LabUplink {
  /** Interface of the host, which keeps its own addresses: the switch gets one of its own on it. */
  readonly parent: string;
  /** Name of the switch's own interface on the parent. */
  readonly interface: string;
  /** Of the switch's own interface, and of the bridge that the tunnels end on. */
  readonly mac: string;
  /** Where tunnels end, with the length of the network's prefix: `192.0.2.1/24`. */
  readonly address: string;
  /** Name of that bridge; another one than the lab's: {@link UPLINK_BRIDGE}. */
  readonly bridge: string;
}

/** The way from one switch of a lab to another; each hop has one of its own. */
export interface LabTunnel {
  readonly kind: TunnelKind;
  /** Address where it ends at the other side, without the prefix's length. */
  readonly remote: string;
  /** MAC of the uplink there, which must be who answers for that address; absent where it is not known. */
  readonly remoteMac?: string;
  /** VXLAN or Geneve network identifier, 1 to 16777215: the same at both sides, another for every hop. */
  readonly key: number;
}

/** The bridge that carries the address of a switch's uplink; no port of an NF has its name. */
export const UPLINK_BRIDGE = "uplink";
/** The switch's interface on the parent, in the network namespace of the switch's container. */
export const UPLINK_INTERFACE = "up0";

/** What a packet grows by in a tunnel over IPv4: the inner Ethernet header (14), IPv4 (20), UDP (8), and VXLAN or Geneve without options (8). */
export const TUNNEL_OVERHEAD_BYTES = 50;

/** The largest packet, the tunnel's headers with it, that OVS's AF_XDP buffers hold: 2048 bytes less 256 that the kernel keeps free, less an Ethernet header and a VLAN tag. */
export const LARGEST_UPLINK_MTU_BYTES = 1774;

/**
 * The uplink of a lab's switch on one of its hosts.
 *
 * @param host name of the host in the topology: with the lab's it decides the MAC, so that no two switches on one network have the same
 * @param address where tunnels end, with the length of the network's prefix: `192.0.2.1/24`
 */
export function labUplink(lab: string, host: string, parent: string, address: string): LabUplink {
  const digits = shortHash(`${lab}/${host}/uplink`, 8).match(/../g) ?? [];
  // Locally administered and unicast.
  return {
    parent,
    interface: UPLINK_INTERFACE,
    mac: ["02", "cb", ...digits].join(":"),
    address,
    bridge: UPLINK_BRIDGE,
  };
}
