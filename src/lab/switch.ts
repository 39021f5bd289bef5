import { onWire, polledByPmd, throughSwitch } from "../topology/datapaths.ts";
import { SWITCH_OWNER, type Topology } from "../topology/topology.ts";
import type { HostFacts } from "./host-facts.ts";
import type { LabHop, LabNf, LabNic, LabSwitch, PortRef, SwitchPort, TunnelBetween, TunnelEnd } from "./lab.ts";
import { mtuOf, switchMemoryMib } from "./mtu.ts";
import { dockerName, labDirectory, nicPortName, switchPortName, tunnelPortName } from "./names.ts";
import { onVhostUser, tunnelOf } from "./nic.ts";
import { stablePlaces } from "./stable-places.ts";
import { type LabTunnel, type LabUplink, labUplink } from "./tunnel.ts";

interface SwitchInput {
  readonly topology: Topology;
  readonly lab: string;
  readonly hops: readonly LabHop[];
  readonly nfs: readonly LabNf[];
  readonly pmdCpus: readonly number[];
  readonly mainCpu: number;
  readonly facts: HostFacts;
  readonly uplink: LabUplink | undefined;
}

/**
 * Lays out the OVS-DPDK instance: one port for each end of every hop that goes through it and for each network card, polled by the PMD threads in turn. Ports
 * that no PMD polls are the main thread's work: where there are no others it has the switch's own CPU, and else the one that it has for its control work.
 *
 * Memory: left to itself OVS makes one pool of 262,144 buffers (788 MB) for all ports, or with per-port-memory one of 65 MB for each. Under a memory limit it
 * halves the shared pool until it fits, down to 16,384 buffers (lib/netdev-dpdk.c): measured at the same rate with 22 ports.
 */
export function planSwitch(input: SwitchInput): LabSwitch {
  const { topology, lab, hops, pmdCpus } = input;
  const hasPmds = hops.some(({ datapath }) => polledByPmd(datapath));
  return {
    mode: topology.switch.mode,
    container: dockerName(lab, SWITCH_OWNER),
    image: input.facts.images.find((image) => image.name === "switch")?.reference ?? "corebed/switch",
    pmdCpus,
    mainCpu: hasPmds ? input.mainCpu : (pmdCpus[0] ?? input.mainCpu),
    directory: topology.switch.mode === "host" ? topology.switch.runDirectory : `${labDirectory(lab)}/switch`,
    bridge: "br0",
    ports: switchPorts(input),
    settings: topology.switch,
    mtuBytes: mtuOf(topology.traffic),
    // A host that tells nothing of NUMA has one node.
    memoryLimitMib: Array.from({ length: Math.max(1, input.facts.cpus.numaNodes.length) }, () =>
      switchMemoryMib(topology.traffic),
    ),
    ...(input.uplink !== undefined && { uplink: input.uplink }),
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

type SwitchEnd = PortRef | { readonly nic: LabNic } | { readonly tunnel: LabTunnel; readonly name: string };

/** What packets come in by and leave by, in pairs: an NF and the next; over a network card, an NF and the card; from host to host, an NF and the tunnel. */
function endsOnSwitch(input: SwitchInput, hop: LabHop): readonly SwitchEnd[] {
  const tunnel = tunnelOf(hop);
  if (tunnel !== undefined) return endsOfTunnel(input, hop, tunnel);
  if (throughSwitch(hop.datapath)) return [hop.from, hop.to];
  if (hop.nics === undefined) return [];
  const { out, in: into } = hop.nics;
  return [
    ...(out?.attach === "switch" ? [hop.from, { nic: out }] : []),
    ...(into?.attach === "switch" ? [{ nic: into }, hop.to] : []),
  ];
}

function endsOfTunnel({ nfs, lab }: SwitchInput, hop: LabHop, between: TunnelBetween): readonly SwitchEnd[] {
  const { kind, key } = between;
  const name = tunnelPortName(hop.chain, hop.index);
  const to = ({ host, address }: TunnelEnd): SwitchEnd => {
    const remoteMac = labUplink(lab, host, "", address).mac;
    return { name, tunnel: { kind, key, remote: address, remoteMac } };
  };
  return nfs.some((nf) => nf.name === hop.from.nf) ? [hop.from, to(between.in)] : [to(between.out), hop.to];
}

/** OpenFlow's port numbers end at 65279. */
export const PORT_NUMBERS = 60_000;

function switchPorts(input: SwitchInput): readonly SwitchPort[] {
  const { hops, pmdCpus } = input;
  const placed = hops
    .flatMap((hop) => endsOnSwitch(input, hop))
    .map((end, position) => {
      if ("tunnel" in end) return tunnelPort(end);
      return "nic" in end ? cardPort(end.nic, pmdCpus, turnOf(position)) : nfPort(input, end, turnOf(position));
    });
  const places = stablePlaces(
    placed.map(({ name }) => name),
    PORT_NUMBERS,
  );
  const numberOf = (port: Placed | undefined): number => (places.get(port?.name ?? "") ?? 0) + 1;
  return placed.map((port, position) => ({
    ...port,
    ofport: numberOf(port),
    // The two ends of a hop stand side by side.
    outputTo: numberOf(placed[position % 2 === 0 ? position + 1 : position - 1]),
  }));
}

type Placed = Omit<SwitchPort, "ofport" | "outputTo">;

function cardPort(nic: LabNic, pmdCpus: readonly number[], turn: number): Placed {
  const cpu = pmdCpus[turn % Math.max(pmdCpus.length, 1)] ?? 0;
  return {
    name: nicPortName(nic.name),
    nf: undefined,
    port: undefined,
    socket: undefined,
    nic,
    datapath: "nic",
    queueCpus: [cpu],
  };
}

/** What comes by a tunnel is polled at the uplink, and not at the tunnel's port. */
function tunnelPort({ name, tunnel }: { readonly tunnel: LabTunnel; readonly name: string }): Placed {
  return { name, nf: undefined, port: undefined, socket: undefined, tunnel, datapath: "vhost-user", queueCpus: [] };
}

function nfPort(input: SwitchInput, end: PortRef, turn: number): Placed {
  const ports = input.nfs.find((nf) => nf.name === end.nf)?.ports ?? [];
  const queuesBefore = ports
    .filter((port) => (onVhostUser(port) || onWire(port.datapath)) && port.index < end.port)
    .reduce((sum, { queues }) => sum + queues, 0);
  const own = affinityOf(input, end.nf);
  const [cpus, first] = own === undefined ? [input.pmdCpus, turn] : [own, queuesBefore];
  return {
    name: switchPortName(end.nf, end.port),
    nf: end.nf,
    port: end.port,
    datapath: ports[end.port]?.datapath ?? "vhost-user",
    socket: ports[end.port]?.socket,
    queueCpus: Array.from(
      { length: ports[end.port]?.queues ?? 1 },
      (_, queue) => cpus[(first + queue) % Math.max(cpus.length, 1)] ?? 0,
    ),
  };
}
