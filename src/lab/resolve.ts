import { onWire } from "../topology/datapaths.ts";
import type { Diagnostic, SourceFile } from "../topology/diagnostic.ts";
import type { Datapath, NfSpec, Topology } from "../topology/topology.ts";
import { SWITCH_OWNER } from "../topology/topology.ts";
import { type PortSubnets, portSubnets } from "./addresses.ts";
import { containersGroup } from "./containers-group.ts";
import { labHops } from "./hops.ts";
import type { HostFacts } from "./host-facts.ts";
import { hugePageBudget } from "./huge-pages.ts";
import { ipvlanDiagnostics } from "./ipvlan-rules.ts";
import { controlledApp, type Lab, type LabHop, type LabNf, type LabPlace, type LabPort } from "./lab.ts";
import { isShaped } from "./limit.ts";
import { limitDiagnostics } from "./limit-rules.ts";
import { LONGEST_MEMIF_RING, roleOf } from "./memif.ts";
import { mtuOf } from "./mtu.ts";
import { dockerName, hopSubnet, labDirectory, macOfIpv4, wireName } from "./names.ts";
import { addressesOf } from "./networks.ts";
import { nfMemoryMib } from "./nf-memory.ts";
import { nicAt, nicDevice, passesSwitch } from "./nic.ts";
import { nicDiagnostics, numaWarnings } from "./nic-rules.ts";
import { parentDiagnostics } from "./parent-rules.ts";
import { placeCpus } from "./place-cpus.ts";
import { privilegeDiagnostics } from "./privileges.ts";
import { budgetDiagnostics, hostDiagnostics, missingCpuDiagnostics, smtWarnings } from "./rules.ts";
import { onSharedMemory } from "./shared-memory.ts";
import { holdsSwarm, swarmDiagnostics } from "./swarm-rules.ts";
import { planSwitch } from "./switch.ts";
import type { LabUplink } from "./tunnel.ts";
import { uplinkDiagnostics } from "./uplink-rules.ts";
import { labVirtio } from "./virtio.ts";

export interface ResolveOptions {
  /** Put cores that this host lacks on CPUs that it has. */
  readonly fold: boolean;
  /** Takes the place of the file's `datapath:`. */
  readonly datapath?: Datapath;
  /** Goes behind the topology's name, since labs that are up at the same time need names of their own; the datapath given here if not given. */
  readonly suffix?: string;
  /** Give images of the user's own what lets them out of their containers, where the file asks for it; refused if not given. */
  readonly allowPrivileged?: boolean;
}

export type Resolution =
  | { readonly ok: true; readonly lab: Lab; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * Resolves a topology against a host: decides every CPU, page, address, path and name, or says what this host lacks, all at once and each pointing into
 * the file. Deterministic: no clock, no randomness, nothing but the arguments.
 */
export function resolveLab(
  topology: Topology,
  source: SourceFile,
  facts: HostFacts,
  options: ResolveOptions,
): Resolution {
  const datapath = options.datapath ?? topology.datapath;
  const name = labName(topology, options);
  const hops = labHops({
    topology,
    lab: name,
    datapath,
    factsOf: () => facts,
    hostOf: () => undefined,
    betweenOf: () => undefined,
  });
  return resolvePart({ topology, source, facts, options, name, datapath, hops, subnets: portSubnets(hops) });
}

/** The name that a topology's lab has with these options. */
export function labName(topology: Pick<Topology, "name">, options: ResolveOptions): string {
  const suffix = options.suffix ?? options.datapath;
  return suffix === undefined ? topology.name : `${topology.name}-${suffix}`;
}

/** What one host has of a lab: of a lab on one host, all of it. */
export interface PartInput {
  /** With the NFs and cores of this host. */
  readonly topology: Topology;
  readonly source: SourceFile;
  readonly facts: HostFacts;
  readonly options: ResolveOptions;
  /** Of the lab. */
  readonly name: string;
  readonly datapath: Datapath;
  /** Those that begin or end on this host. */
  readonly hops: readonly LabHop[];
  readonly subnets: PortSubnets;
  /** How the switch reaches those of other hosts; absent where no hop goes there. */
  readonly uplink?: LabUplink;
  readonly place?: LabPlace;
}

/** Resolves what one host has of a lab. */
export function resolvePart(input: PartInput): Resolution {
  const { topology, source, facts, options, name, datapath, hops, subnets, uplink, place } = input;
  const withSwitch = hops.some(passesSwitch);
  const found = [
    ...hostDiagnostics(topology, source, facts, hops),
    ...nicDiagnostics(topology, source, facts, hops),
    ...parentDiagnostics(topology, source, facts, hops),
    ...ipvlanDiagnostics(topology, source, facts, hops),
    ...swarmDiagnostics(topology, source, facts, hops),
    ...limitDiagnostics(topology, source, facts, hops),
    ...(uplink === undefined ? [] : uplinkDiagnostics(topology, source, facts, uplink)),
  ];
  const placed = placeCpus(startedCores(topology), facts.cpus.usable, {
    fold: options.fold,
    withSwitch: withSwitch && topology.switch.mode === "container",
  });
  if (!placed.ok) {
    return { ok: false, diagnostics: [...found, ...missingCpuDiagnostics(topology, source, facts, placed)] };
  }
  const cpus = placed.placement;
  const nfs = topology.nfs.flatMap((nf) => {
    const chains = topology.chains.filter(({ path }) => path.includes(nf.name)).map((chain) => chain.name);
    const placement = cpus.owners.find((cpu) => cpu.owners.includes(nf.name));
    if (chains.length === 0 || placement === undefined) return [];
    return [
      labNf(nf, {
        name,
        hops,
        subnets,
        facts,
        chains,
        placement,
        housekeeping: cpus.housekeeping,
        traffic: topology.traffic,
      }),
    ];
  });
  const switchCpus = cpus.owners.filter((cpu) => cpu.owners.includes(SWITCH_OWNER)).map((cpu) => cpu.cpu);
  const lab: Omit<Lab, "hugePages"> = {
    schema: "corebed/lab/1",
    name,
    group: topology.name,
    datapath,
    directory: labDirectory(name),
    chains: topology.chains
      .filter(({ path }) => path.some((nf) => topology.nfs.some((own) => own.name === nf)))
      .map(({ name: chain, path }) => ({ name: chain, path })),
    nfs,
    hops,
    switch: withSwitch
      ? planSwitch({ topology, lab: name, hops, nfs, pmdCpus: switchCpus, mainCpu: cpus.housekeeping, facts, uplink })
      : undefined,
    ...(holdsSwarm(topology, facts, hops) && { holdsSwarm: true as const }),
    ...containersGroup(facts.docker),
    cpus,
    traffic: topology.traffic,
    ...(place !== undefined && { place }),
  };
  const hugePages = hugePageBudget(lab, facts.hugePages.pageKib);
  const diagnostics = [
    ...found,
    ...(options.allowPrivileged === true ? [] : privilegeDiagnostics(topology, source, nfs)),
    ...smtWarnings(source, facts, cpus),
    ...numaWarnings(source, facts, hops, cpus),
    ...budgetDiagnostics(source, facts, hugePages),
  ];
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  if (errors.length > 0) return { ok: false, diagnostics };
  return { ok: true, lab: { ...lab, hugePages }, warnings: diagnostics };
}

/** The affinity map without NFs that no chain uses: they are not started, so they keep no CPU from anyone. */
function startedCores(topology: Topology): Topology["cores"] {
  const started = new Set([SWITCH_OWNER, ...topology.chains.flatMap((chain) => chain.path)]);
  return topology.cores.map(({ cpu, owners }) => ({ cpu, owners: owners.filter((owner) => started.has(owner)) }));
}

interface NfContext {
  readonly name: string;
  readonly hops: readonly LabHop[];
  readonly subnets: PortSubnets;
  readonly facts: HostFacts;
  readonly chains: readonly string[];
  readonly placement: { readonly cpu: number; readonly owners: readonly string[] };
  readonly housekeeping: number;
  readonly traffic: Topology["traffic"];
}

/** Where traffic goes both ways, either end of a chain does what the other does. */
function alsoOf({ app }: NfSpec, { direction }: Topology["traffic"]): LabNf["also"] {
  if (direction === "one") return undefined;
  return app === "pktgen" ? "stats" : app === "stats" ? "pktgen" : undefined;
}

function labNf(nf: NfSpec, context: NfContext): LabNf {
  const directory = `${labDirectory(context.name)}/${nf.name}`;
  const ports = context.hops.flatMap((hop, position) => [
    ...(hop.from.nf === nf.name ? [labPort(nf, context, hop, position, "out")] : []),
    ...(hop.to.nf === nf.name ? [labPort(nf, context, hop, position, "in")] : []),
  ]);
  const builtIn = context.facts.images.find((image) => image.name === "nf")?.reference ?? "corebed/nf";
  return {
    name: nf.name,
    container: dockerName(context.name, nf.name),
    app: nf.app,
    image: nf.image ?? builtIn,
    command: nf.command,
    env: nf.env,
    ...(nf.binds !== undefined && { binds: nf.binds }),
    ...(nf.capabilities !== undefined && { capabilities: nf.capabilities }),
    args: nf.args,
    forward: nf.forward,
    ...(nf.impair !== undefined && { impair: nf.impair }),
    also: alsoOf(nf, context.traffic),
    chains: context.chains,
    workerCpu: context.placement.cpu,
    mainCpu: context.housekeeping,
    sharesCpu: context.placement.owners.length > 1,
    directory,
    controlSocket: controlledApp(nf) === undefined ? undefined : `${directory}/ctl.sock`,
    memoryMib: nfMemoryMib(nf, ports, context.traffic),
    ports: ports.length === 0 ? [portAlone(nf, context)] : ports.toSorted((a, b) => a.index - b.index),
  };
}

/** The last address of a /28, which no endpoint gets. */
const UNASSIGNED = 14;

/**
 * On a kernel datapath the receiving container's IP stack gets every frame beside the NF's packet socket, and answers with ICMP unless it finds nothing to
 * do. The cheapest frame is one that it drops at once: to a MAC that no interface has (a bridge of two ports hands it on all the same, and so does OVS), or, since macvlan
 * delivers by MAC and an overlay's bridge has other ports, to an address that nobody has. Measured: 1.3 times the packets on a docker bridge, 1.4 on macvlan, 1.5 on a veth pair.
 */
function destinationOf(datapath: Datapath, own: LabPort["destination"], unassigned: string): LabPort["destination"] {
  switch (datapath) {
    case "docker-bridge":
    case "af-xdp":
    case "ovs-veth":
      return { mac: own.mac.replace(/^02:42/, "02:43"), ipv4: own.ipv4 };
    case "macvlan":
    case "overlay":
      return { mac: own.mac, ipv4: unassigned };
    // Told apart by their IP addresses.
    case "ipvlan":
    case "vhost-user":
    case "memif":
    case "host":
    case "none":
    case "nic":
      return own;
  }
}

function labPort(
  nf: NfSpec,
  { name: lab, subnets, facts }: NfContext,
  hop: LabHop,
  position: number,
  direction: "out" | "in",
): LabPort {
  const end = direction === "out" ? hop.from : hop.to;
  const { port } = end;
  const subnet = subnets(hop, position, end);
  const own = addressesOf(lab, hop, subnet, direction, facts);
  const nic = nicAt(hop, direction);
  const direct = nic?.attach === "nf" ? nic : undefined;
  const onSocket = hop.datapath === "vhost-user" || nic?.attach === "switch";
  return {
    index: port,
    chain: hop.chain,
    hop: position,
    direction,
    datapath: hop.datapath,
    ...own,
    destination: destinationOf(hop.datapath, own, hopSubnet(lab, subnet).host(UNASSIGNED)),
    queueSize: hop.memif === undefined ? nf.queueSize : Math.min(nf.queueSize, LONGEST_MEMIF_RING),
    queues: onSocket ? nf.queues : 1,
    virtio: onSocket ? labVirtio(nf.virtio, facts) : undefined,
    mtuBytes: hop.mtuBytes,
    ...(direction === "out" && isShaped(hop) && { queued: true }),
    socket: onSocket ? `${labDirectory(lab)}/${nf.name}/p${port}.sock` : hop.memif?.socket,
    role: roleOf(hop, nf.name),
    ...(hop.memif !== undefined && direction === "in" && nf.zeroCopy && { zeroCopy: true as const }),
    interface: direct?.interface ?? interfaceOf(hop, port, direction),
    driver: driverOf(nf, hop.datapath),
    network: hop.networks?.[direction].name,
    ...(direct !== undefined && { device: nicDevice(direct) }),
  };
}

/** The port of an NF without a network: DPDK's null driver takes what is sent and gives nothing. */
function portAlone({ queueSize }: NfSpec, { name, traffic, chains }: NfContext): LabPort {
  const ipv4 = hopSubnet(name, 0).host(2);
  const mac = macOfIpv4(ipv4);
  return {
    index: 0,
    chain: chains[0] ?? "",
    hop: 0,
    direction: "out",
    datapath: "none",
    mac,
    ipv4,
    destination: { mac, ipv4 },
    queueSize,
    queues: 1,
    virtio: undefined,
    mtuBytes: mtuOf(traffic),
    socket: undefined,
    role: undefined,
    interface: undefined,
    driver: undefined,
    network: undefined,
  };
}

/** Name of the port's interface where the lab decides it. */
function interfaceOf(hop: LabHop, port: number, direction: "out" | "in"): string | undefined {
  if (hop.datapath === "host") return hop.veth?.[direction === "out" ? 0 : 1];
  return onWire(hop.datapath) ? wireName(port) : undefined;
}

/** What the NF asks for, or else what serves best: AF_XDP sockets at both ends of a wire that OVS drives with them too, packet sockets elsewhere. */
function driverOf({ driver }: NfSpec, datapath: Datapath): LabPort["driver"] {
  if (onSharedMemory({ datapath })) return undefined;
  return driver ?? (datapath === "af-xdp" ? "af-xdp" : "af-packet");
}
