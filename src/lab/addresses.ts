import type { LabHop, PortRef } from "./lab.ts";
import { SUBNETS } from "./names.ts";
import { stablePlaces } from "./stable-places.ts";

/** Gives the number of the /28 (`hopSubnet`) that the port at one end of a hop has its address in. */
export type PortSubnets = (hop: LabHop, position: number, port: PortRef) => number;

/**
 * Where a lab's ports have their addresses. Where the kernel has the interface, the two ends of a hop share a /28 that its position decides. On vhost-user and memif nobody but the NFs
 * looks at addresses, and each port has a /28 that its own name decides: so the ports of NFs that stay are the same in a chain that others come into, or leave.
 */
export function portSubnets(hops: readonly LabHop[]): PortSubnets {
  const shared = hops.flatMap((hop, position) => (hasOwn(hop) ? [] : [position % SUBNETS]));
  const own = hops.filter(hasOwn).flatMap(({ from, to }) => [from, to]);
  const places = stablePlaces(own.map(nameOf), SUBNETS, shared);
  return (hop, position, port) => (hasOwn(hop) ? (places.get(nameOf(port)) ?? 0) : position);
}

function hasOwn({ datapath }: LabHop): boolean {
  return datapath === "vhost-user" || datapath === "memif";
}

function nameOf({ nf, port }: PortRef): string {
  return `${nf}/${port}`;
}
