import type { Lab, LabHop, LabNetwork, LabNf } from "./lab.ts";

/** Whether the network of a hop that leads to another host is that host's to make. */
export function isMadeElsewhere({ place }: Lab, { between }: LabHop): boolean {
  return between?.kind === "overlay" && place !== undefined && between.maker !== place.host;
}

/** The networks that an NF is on and another host makes. */
export function networksElsewhere(lab: Lab, nf: LabNf): readonly LabNetwork[] {
  return nf.ports.flatMap((port) => {
    const hop = lab.hops[port.hop];
    return hop?.networks !== undefined && isMadeElsewhere(lab, hop) ? [hop.networks[port.direction]] : [];
  });
}
