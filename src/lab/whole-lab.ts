import type { Topology } from "../topology/topology.ts";
import type { Lab, LabHop, LabNf, LabPart } from "./lab.ts";

/** A lab as a whole out of the parts that hosts have of it: see `Lab.parts`. */
export function wholeLab(topology: Topology, hops: readonly LabHop[], parts: readonly LabPart[]): Lab {
  const [first] = parts;
  if (first === undefined) throw new Error("internal: a lab without a host");
  const nfs = parts.flatMap(({ lab }) => lab.nfs.map((nf) => withPositions(nf, lab.hops, hops)));
  const order = topology.nfs.map(({ name }) => name);
  const labs = parts.map(({ lab }) => lab);
  const switches = labs.flatMap((lab) => lab.switch ?? []);
  const [sw] = switches;
  const { place: _place, ...common } = first.lab;
  return {
    ...common,
    chains: topology.chains.map(({ name, path }) => ({ name, path })),
    nfs: nfs.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name)),
    hops,
    switch: sw && { ...sw, ports: switches.flatMap(({ ports }) => ports) },
    cpus: {
      owners: parts.flatMap(({ host, lab }) => lab.cpus.owners.map((owner) => ({ host, ...owner }))),
      housekeeping: first.lab.cpus.housekeeping,
      housekeepingShared: labs.some(({ cpus }) => cpus.housekeepingShared),
      folded: labs.some(({ cpus }) => cpus.folded),
    },
    hugePages: {
      pageKib: first.lab.hugePages.pageKib,
      needed: labs.reduce((sum, { hugePages }) => sum + hugePages.needed, 0),
      parts: parts.flatMap(({ host, lab }) =>
        lab.hugePages.parts.map(({ owner, pages }) => ({ owner: `${owner} of ${host}`, pages })),
      ),
    },
    parts,
  };
}

/** An NF whose ports name the hops of the whole lab by their positions there. */
function withPositions(nf: LabNf, own: readonly LabHop[], all: readonly LabHop[]): LabNf {
  const positionIn = (position: number): number => {
    const hop = own[position];
    return hop === undefined ? position : positionOf(hop, all);
  };
  return { ...nf, ports: nf.ports.map((port) => ({ ...port, hop: positionIn(port.hop) })) };
}

/** Which of all hops of a lab one is that a part of it knows. */
export function positionOf({ chain, index }: LabHop, all: readonly LabHop[]): number {
  return all.findIndex((hop) => hop.chain === chain && hop.index === index);
}
