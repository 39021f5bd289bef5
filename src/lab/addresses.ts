import type { LabHop, PortRef } from "./lab.ts";
import { hopSubnet, SUBNETS } from "./names.ts";
import { stablePlaces } from "./stable-places.ts";

/** Gives the address number `n` of the /28 of a port. */
export type PortSubnets = (hop: LabHop, position: number, port: PortRef) => (n: number) => string;

/**
 * The addresses of a lab's ports. Where the kernel has the interface, the two ends of a hop share a /28 that its position decides. On vhost-user and memif nobody but the NFs looks
 * at addresses, and each port has a /28 that its own name decides: so the ports of NFs that stay are the same in a chain that others come into, or leave.
 */
export function portSubnets(lab: string, hops: readonly LabHop[]): PortSubnets {
  const shared = hops.flatMap((hop, position) => (hasOwn(hop) ? [] : [position % SUBNETS]));
  const own = hops.filter(hasOwn).flatMap(({ from, to }) => [from, to]);
  const places = stablePlaces(own.map(nameOf), SUBNETS, shared);
  return (hop, position, port) => hopSubnet(lab, hasOwn(hop) ? (places.get(nameOf(port)) ?? 0) : position).host;
}

function hasOwn({ datapath }: LabHop): boolean {
  return datapath === "vhost-user" || datapath === "memif";
}

function nameOf({ nf, port }: PortRef): string {
  return `${nf}/${port}`;
}
