import { SWITCH_OWNER, type Topology } from "../topology/topology.ts";
import type { HostFacts } from "./host-facts.ts";
import type { LabHop, LabNf, LabSwitch, PortRef, SwitchPort } from "./lab.ts";
import { dockerName, labDirectory, switchPortName } from "./names.ts";

/** Largest frame (with FCS) that fits the MTU of OVS's small shared packet pool: 1499 bytes of payload, 14 of header, 4 of FCS. */
const SMALL_POOL_FRAME_BYTES = 1517;

interface SwitchInput {
  readonly topology: Topology;
  readonly lab: string;
  readonly hops: readonly LabHop[];
  readonly nfs: readonly LabNf[];
  readonly pmdCpus: readonly number[];
  readonly mainCpu: number;
  readonly facts: HostFacts;
}

/**
 * Lays out the OVS-DPDK instance: one port for each end of every vhost-user hop, polled by the PMD threads in turn.
 *
 * Memory: with an MTU of 1500 or more OVS makes either one pool of 262,144 buffers (788 MB) or, with per-port-memory, one of about 67 MB a port; below
 * 1500 all ports share one pool of 16,384 buffers (49 MB), enough since packets rest in the NFs' rings and not in OVS (lib/netdev-dpdk.c,
 * Documentation/topics/dpdk/memory.rst). So the small pool is taken whenever the frames fit.
 */
export function planSwitch(input: SwitchInput): LabSwitch {
  const { topology, lab, pmdCpus } = input;
  const small = topology.traffic.frameBytes <= SMALL_POOL_FRAME_BYTES;
  return {
    mode: topology.switch.mode,
    container: dockerName(lab, SWITCH_OWNER),
    image: input.facts.images.find((image) => image.name === "switch")?.reference ?? "corebed/switch",
    pmdCpus,
    mainCpu: input.mainCpu,
    directory: topology.switch.mode === "host" ? topology.switch.runDirectory : `${labDirectory(lab)}/switch`,
    bridge: "br0",
    ports: switchPorts(input),
    settings: topology.switch,
    mtu: small ? 1499 : 1500,
    perPortMemory: !small,
  };
}

function switchPorts({ hops, nfs, pmdCpus }: SwitchInput): readonly SwitchPort[] {
  const ends: PortRef[] = hops.filter((hop) => hop.datapath === "vhost-user").flatMap((hop) => [hop.from, hop.to]);
  return ends.map((end, position) => ({
    name: switchPortName(end.nf, end.port),
    ofport: position + 1,
    nf: end.nf,
    port: end.port,
    socket: nfs.find((nf) => nf.name === end.nf)?.ports[end.port]?.socket ?? "",
    pmdCpu: pmdCpus[position % Math.max(pmdCpus.length, 1)] ?? 0,
    // The two ends of a hop stand side by side: 1-2, 3-4, ...
    outputTo: position % 2 === 0 ? position + 2 : position,
  }));
}
