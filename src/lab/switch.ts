import { SWITCH_OWNER, type Topology } from "../topology/topology.ts";
import type { HostFacts } from "./host-facts.ts";
import type { LabHop, LabNf, LabSwitch, PortRef, SwitchPort } from "./lab.ts";
import { mtuOf, switchMemoryMib } from "./mtu.ts";
import { dockerName, labDirectory, switchPortName } from "./names.ts";

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
 * Memory: left to itself OVS makes one pool of 262,144 buffers (788 MB) for all ports, or with per-port-memory one of 65 MB for each. Under a memory limit it
 * halves the shared pool until it fits, down to 16,384 buffers (lib/netdev-dpdk.c): measured at the same rate with 22 ports.
 */
export function planSwitch(input: SwitchInput): LabSwitch {
  const { topology, lab, pmdCpus } = input;
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
    mtuBytes: mtuOf(topology.traffic),
    // A host that tells nothing of NUMA has one node.
    memoryLimitMib: Array.from({ length: Math.max(1, input.facts.cpus.numaNodes.length) }, () =>
      switchMemoryMib(topology.traffic),
    ),
  };
}

/** Hops take turns on the PMD threads; the two ends of one are polled by neighbours, so that both threads work where traffic goes both ways. */
function turnOf(position: number): number {
  return Math.floor(position / 2) + (position % 2);
}

/** The CPUs of an NF's queues, port by port, as the file says; undefined where it says nothing. */
function affinityOf({ topology, pmdCpus }: SwitchInput, nf: string): readonly number[] | undefined {
  const { affinity } = topology.switch;
  if (!Object.hasOwn(affinity, nf)) return undefined;
  const inFile = topology.cores.filter(({ owners }) => owners.includes(SWITCH_OWNER)).map(({ cpu }) => cpu);
  // A CPU of the file that this host lacks has been folded onto another: which one, its place among the switch's says.
  return affinity[nf]?.map((cpu) =>
    pmdCpus.includes(cpu) ? cpu : (pmdCpus[inFile.indexOf(cpu) % Math.max(pmdCpus.length, 1)] ?? 0),
  );
}

function switchPorts(input: SwitchInput): readonly SwitchPort[] {
  const { hops, nfs, pmdCpus } = input;
  const ends: PortRef[] = hops.filter((hop) => hop.datapath === "vhost-user").flatMap((hop) => [hop.from, hop.to]);
  return ends.map((end, position) => {
    const ports = nfs.find((nf) => nf.name === end.nf)?.ports ?? [];
    const queuesBefore = ports
      .filter(({ datapath, index }) => datapath === "vhost-user" && index < end.port)
      .reduce((sum, { queues }) => sum + queues, 0);
    const own = affinityOf(input, end.nf);
    const [cpus, first] = own === undefined ? [pmdCpus, turnOf(position)] : [own, queuesBefore];
    return {
      name: switchPortName(end.nf, end.port),
      ofport: position + 1,
      nf: end.nf,
      port: end.port,
      socket: ports[end.port]?.socket ?? "",
      queueCpus: Array.from(
        { length: ports[end.port]?.queues ?? 1 },
        (_, queue) => cpus[(first + queue) % Math.max(cpus.length, 1)] ?? 0,
      ),
      // The two ends of a hop stand side by side: 1-2, 3-4, ...
      outputTo: position % 2 === 0 ? position + 2 : position,
    };
  });
}
