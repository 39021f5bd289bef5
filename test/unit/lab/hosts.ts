import type { HostFacts } from "../../../src/lab/host-facts.ts";
import { referenceMachine } from "../setup/example-facts.ts";

export { referenceMachine };

/** Two sockets of 16 cores with two hardware threads each: CPU n and n + 32 are one core. */
export const twoSockets: HostFacts = {
  ...referenceMachine,
  hostname: "big",
  cpus: {
    model: "Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz",
    usable: range(0, 64),
    isolated: [],
    smtSiblings: range(0, 32).map((cpu) => [cpu, cpu + 32]),
    numaNodes: [
      { node: 0, cpus: [...range(0, 16), ...range(32, 48)] },
      { node: 1, cpus: [...range(16, 32), ...range(48, 64)] },
    ],
    governor: "performance",
  },
  hugePages: { pageKib: 2048, total: 65_536, free: 65_536, mounts: ["/dev/hugepages"] },
};

/** A host with this many CPUs, huge pages for any lab, and all that datapaths ask of a kernel. */
export function hostWith(cpus: number, parts: Partial<HostFacts> = {}): HostFacts {
  return {
    ...referenceMachine,
    hostname: `host${cpus}`,
    cpus: { ...referenceMachine.cpus, usable: range(0, cpus), numaNodes: [{ node: 0, cpus: range(0, cpus) }] },
    kernelSupport: { ...referenceMachine.kernelSupport, ipvlan: true },
    hugePages: { ...referenceMachine.hugePages, total: 1_000_000, free: 1_000_000 },
    ...parts,
  };
}

export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
