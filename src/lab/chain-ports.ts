import type { LabChain, PortRef } from "./lab.ts";

/** The two ports of a hop. */
export interface HopEnds {
  readonly from: PortRef;
  readonly to: PortRef;
}

/** As many ports as an NF can have: those of DPDK in Debian's build (images/nf/src/nf.h). */
export const MOST_PORTS = 32;

/**
 * The ports that chains meet their NFs at, hop by hop for each chain. An NF takes a way in and a way out for each chain that passes it, in the order of the
 * chains in the file: ports 0 and 1 are the first chain's, 2 and 3 the second's. At an end of a chain it takes one port alone. So a chain that is added
 * behind the others changes no port that is there.
 */
export function chainPorts(chains: readonly Pick<LabChain, "path">[]): readonly (readonly HopEnds[])[] {
  const taken = new Map<string, number>();
  const take = (nf: string): PortRef => {
    const port = taken.get(nf) ?? 0;
    taken.set(nf, port + 1);
    return { nf, port };
  };
  return chains.map(({ path }) => {
    const hops: HopEnds[] = [];
    for (const [index, nf] of path.slice(1).entries()) {
      hops.push({ from: take(path[index] ?? ""), to: take(nf) });
    }
    return hops;
  });
}
