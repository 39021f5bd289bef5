import { onDockerNetwork } from "../topology/datapaths.ts";
import type { LabHop, PortRef } from "./lab.ts";
import { hopSubnet, SUBNETS } from "./names.ts";
import { stablePlaces } from "./stable-places.ts";

/** Gives the address number `n` of the /28 of a port. */
export type PortSubnets = (hop: LabHop, position: number, port: PortRef) => (n: number) => string;

/**
 * The addresses of a lab's ports. The two ends of a Docker network have their hop's /28. Elsewhere nobody but the NFs looks at addresses, and each port has a /28 of its own
 * that its name decides: so a live change of the chain leaves the ports of all NFs that stay as they are.
 */
export function portSubnets(lab: string, hops: readonly LabHop[]): PortSubnets {
  const docker = hops.flatMap(({ datapath }, position) => (onDockerNetwork(datapath) ? [position % SUBNETS] : []));
  const free = hops.filter(({ datapath }) => !onDockerNetwork(datapath)).flatMap(({ from, to }) => [from, to]);
  const places = stablePlaces(free.map(nameOf), SUBNETS, docker);
  return (hop, position, port) =>
    hopSubnet(lab, onDockerNetwork(hop.datapath) ? position : (places.get(nameOf(port)) ?? 0)).host;
}

function nameOf({ nf, port }: PortRef): string {
  return `${nf}/${port}`;
}
