import { stringify } from "yaml";
import type { TopologyInput } from "../../../src/topology/schema.ts";

/** Short traffic of a rate that every datapath carries on one shared CPU. */
export const TRAFFIC = { rate: "20kpps", duration: "300ms", warmup: "50ms" } as const;

/** A generator and a counter that share CPU 1 beside the switch on CPU 0; the members of `other` take the place of these. */
export function pair(name: string, other: Partial<TopologyInput> = {}): TopologyInput {
  return {
    name,
    cores: { 0: "switch", 1: ["gen", "sink"] },
    nfs: { gen: { app: "pktgen" }, sink: { app: "stats" } },
    chains: { main: ["gen", "sink"] },
    traffic: TRAFFIC,
    ...(other.datapath === "nic" && { nics: standIns(2) }),
    ...(other.datapath === "overlay" && { overlay: { swarm: "start" } }),
    ...other,
  };
}

/** Virtual devices in place of so many network cards; hops over nic take two each. */
export function standIns(count: number, attach: "switch" | "nf" = "switch"): NonNullable<TopologyInput["nics"]> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`card${i}`, { device: "af-packet", attach }]));
}

/** The same with a forwarder in the middle. */
export function trio(name: string, other: Partial<TopologyInput> = {}): TopologyInput {
  return pair(name, {
    cores: { 0: "switch", 1: ["gen", "fwd", "sink"] },
    nfs: { gen: { app: "pktgen" }, fwd: { app: "l2fwd" }, sink: { app: "stats" } },
    chains: { main: ["gen", "fwd", "sink"] },
    ...(other.datapath === "nic" && { nics: standIns(4) }),
    ...other,
  });
}

/** The text of a topology file: CPU numbers must stand without quotes, which JSON cannot. */
export function topologyText(topology: TopologyInput): string {
  const cores = new Map(Object.entries(topology.cores).map(([cpu, owners]) => [Number(cpu), owners]));
  return stringify({ ...topology, cores }, { aliasDuplicateObjects: false });
}
