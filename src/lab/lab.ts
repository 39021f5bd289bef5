import type { Bind } from "../topology/binds.ts";
import type { DockerDatapath } from "../topology/datapaths.ts";
import type {
  App,
  Datapath,
  ForwardSpec,
  ImpairSpec,
  IpvlanSpec,
  KernelDriver,
  MacvlanSpec,
  NicSpec,
  SwitchSpec,
  TrafficSpec,
  TunnelKind,
  VirtioSpec,
} from "../topology/topology.ts";
import type { LabLimit } from "./limit.ts";
import type { LabTunnel, LabUplink } from "./tunnel.ts";

/**
 * A lab: a topology resolved against one host. Every CPU, huge page, MAC, address, socket path and name is decided here, so that provisioning decides
 * nothing. Plain readonly data, the same for the same topology and host facts.
 */
export interface Lab {
  readonly schema: "corebed/lab/1";
  /** Labs of one comparison share the topology's name and differ by the datapath behind it. */
  readonly name: string;
  /** The topology's name: labs of one group may hold the same CPUs, since only one of them runs at a time. */
  readonly group: string;
  /** What carries the hops that name no datapath of their own. */
  readonly datapath: Datapath;
  /** Holds the lab's sockets; owned by root, mode 0700. */
  readonly directory: string;
  readonly chains: readonly LabChain[];
  readonly nfs: readonly LabNf[];
  readonly hops: readonly LabHop[];
  /** Undefined if no hop goes through OVS. */
  readonly switch: LabSwitch | undefined;
  /** It starts Docker's swarm mode, or shares one that corebed started; absent for other labs. */
  readonly holdsSwarm?: true;
  /** Control group that its containers' own are made in, as Docker takes it: see `containersGroup`. Absent for the engine's usual one. */
  readonly cgroupParent?: string;
  readonly cpus: CpuPlacement;
  readonly hugePages: HugePageBudget;
  readonly traffic: TrafficSpec;
  /**
   * What each host has of a lab that is on several, in the order of the file; absent of labs on one host. With it the lab tells what it is as a whole, for what drives and
   * counts traffic: nothing is made from it but from its parts. Its switch stands for those of all hosts, with the ports of all and otherwise as the first host has it.
   */
  readonly parts?: readonly LabPart[];
  /** Of a part: which host it is on, and where the others are; absent of labs on one host. */
  readonly place?: LabPlace;
}

/** Name of the host that an NF of a lab is on; undefined of a lab on one host. */
export function hostOf({ parts }: Pick<Lab, "parts">, nf: string | undefined): string | undefined {
  return parts?.find(({ lab }) => lab.nfs.some(({ name }) => name === nf))?.host;
}

/** Where a part of a lab is among the parts of all hosts. */
export interface LabPlace {
  /** Name of the part's own host in the file. */
  readonly host: string;
  /** All hosts in the order of the file, the part's own among them. */
  readonly hosts: readonly PlacedHost[];
  /** What the part's switch has of the host's network: see `LabUplink`. Absent where no tunnel ends on the host. */
  readonly uplink?: UplinkPlace;
}

/** An address on the network of an interface of a host, which one lab at a time can have. */
export interface UplinkPlace {
  readonly parent: string;
  /** Without the prefix's length. */
  readonly address: string;
}

/** A host as the marks of a lab name it. */
export interface PlacedHost {
  readonly name: string;
  /** As of `LabPart`; what is `local` to one machine is another's to find by its name. */
  readonly address: string;
  readonly hostname: string;
}

/** What one host has of a lab. Names, addresses and OpenFlow's numbers are decided for the whole lab: what one part has is in no other. */
export interface LabPart {
  /** Name of the host in the file. */
  readonly host: string;
  /** `ssh://user@host:port`, or `local`. */
  readonly address: string;
  /** Chains have their whole path in it, and hops to other hosts an end that it has no NF for. */
  readonly lab: Lab;
}

export interface LabChain {
  readonly name: string;
  readonly path: readonly string[];
}

/** An NF's container and where it runs. */
export interface LabNf {
  readonly name: string;
  readonly container: string;
  readonly app: App | undefined;
  readonly image: string;
  /** argv of the user's own image; undefined takes the image's, or for an app the one that the ports imply. */
  readonly command: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** What an image of the user's own sees of the host's files, and may beyond what its ports need; absent without. */
  readonly binds?: readonly Bind[];
  readonly capabilities?: readonly string[];
  /** What follows testpmd's `--`. */
  readonly args: readonly string[] | undefined;
  /** What a forwarder does with packets; undefined for other NFs. */
  readonly forward: ForwardSpec | undefined;
  /** What `impair` does to packets; absent for other NFs. */
  readonly impair?: ImpairSpec;
  /** The built-in NF that runs on the same ports as well, where traffic goes both ways. */
  readonly also: "pktgen" | "stats" | undefined;
  /** Those that it is in, in the order of the file. */
  readonly chains: readonly string[];
  readonly workerCpu: number;
  /** Where its control thread sleeps. */
  readonly mainCpu: number;
  /** Another NF polls on the same CPU, so this one yields. */
  readonly sharesCpu: boolean;
  /** Mounted into the container at the same path. */
  readonly directory: string;
  /** Undefined for the user's own image. */
  readonly controlSocket: string | undefined;
  readonly memoryMib: number;
  readonly ports: readonly LabPort[];
}

/** The built-in NFs that speak corebed's control protocol: they are started, stopped and read through it. */
export type ControlledApp = Exclude<App, "testpmd">;

/** Which of them an NF is; undefined for testpmd and images of the user's own, which only counters on the way can tell about. */
export function controlledApp({ app }: Pick<LabNf, "app">): ControlledApp | undefined {
  return app === "testpmd" ? undefined : app;
}

/** How the rings of a port are used, with nothing left open. */
export type LabVirtio = VirtioSpec & { readonly vectorised: boolean };

/** One attachment of an NF. `vhost-user` and `memif` ports have a socket, `host`, `af-xdp` and `ovs-veth` ports an interface, ports on a Docker network an address. */
export interface LabPort {
  readonly index: number;
  /** Whose packets pass it: an NF that is in several chains has ports for each. */
  readonly chain: string;
  /** Position of the hop in `Lab.hops`; 0 of the one port of an NF that is alone (`none`), which has no hop. */
  readonly hop: number;
  readonly direction: "out" | "in";
  readonly datapath: Datapath;
  readonly mac: string;
  readonly ipv4: string;
  /** What frames to this port carry as their destination: see `destinationOf`. */
  readonly destination: { readonly mac: string; readonly ipv4: string };
  readonly queueSize: number;
  /** Receive queues, and transmit queues; one but for `vhost-user`. */
  readonly queues: number;
  /** How its rings are used; undefined for other datapaths than `vhost-user`. */
  readonly virtio: LabVirtio | undefined;
  /** As of its hop. */
  readonly mtuBytes: number;
  /** What it sends goes through the queue of its kernel interface, which holds the rate of the hop; absent where nothing does. */
  readonly queued?: boolean;
  /** Of a `vhost-user` port its own, of a `memif` port the one that it shares with the port at the other end. */
  readonly socket: string | undefined;
  /** Of a memif, whose server listens on the socket that its client comes to; undefined for other datapaths. */
  readonly role: MemifRole | undefined;
  /** Of a memif whose slots are the NF's own buffers; absent for others. */
  readonly zeroCopy?: true;
  /** Name of the kernel's interface where it is known: on the host, or in the NF's container on `af-xdp` and `ovs-veth`. */
  readonly interface: string | undefined;
  /** What a built-in NF drives a kernel interface with; undefined on shared memory. */
  readonly driver: KernelDriver | undefined;
  readonly network: string | undefined;
  /** DPDK's name of the network card that the NF drives itself; absent for other ports. */
  readonly device?: string;
}

export type MemifRole = "server" | "client";

/** One step of a chain, from a port to the next NF's port. */
export interface LabHop {
  readonly chain: string;
  readonly index: number;
  readonly datapath: Datapath;
  readonly from: PortRef;
  readonly to: PortRef;
  /** Largest packet inside of a frame, in bytes: 1500, or what the largest frame of the traffic takes. */
  readonly mtuBytes: number;
  /** Subnet of the hop inside 198.18.0.0/15, e.g. `198.18.4.16/28`; on `vhost-user` and `memif` ports have addresses of their own instead. */
  readonly subnet: string;
  /** Directory that the containers of both NFs see, and its socket; undefined without memif. */
  readonly memif: { readonly directory: string; readonly socket: string; readonly server: PortRef } | undefined;
  /** What the hop leaves by and comes in by; absent where it is over no network card. A part of a lab knows its own host's cards only. */
  readonly nics?: HopNics;
  /** Docker networks that its ends are on, which may be the same; undefined where Docker makes none. */
  readonly networks: { readonly out: LabNetwork; readonly in: LabNetwork } | undefined;
  /** The most that it lets through; absent without a limit. */
  readonly limit?: LabLimit;
  /** How it goes from one host to another; absent of a hop that stays on a host. */
  readonly between?: LabBetween;
  /** veth pair that the lab makes: the two ends for `host`, for `macvlan` and `ipvlan` a parent and its peer, which may be one as well. */
  readonly veth: readonly [string, string] | undefined;
}

/** How a hop goes from one host to another. */
export type LabBetween = TunnelBetween | NicBetween | OverlayBetween;

/** By a tunnel between the switches: the NFs are on vhost-user ports at both ends. */
export interface TunnelBetween {
  readonly kind: TunnelKind;
  /** As of `LabTunnel`. */
  readonly key: number;
  /** Where it begins and ends, in the direction of the chain. */
  readonly out: TunnelEnd;
  readonly in: TunnelEnd;
}

/** Out by a network card of one host and in by one of the other. */
export interface NicBetween {
  readonly kind: "nic";
  readonly out: HostEnd;
  readonly in: HostEnd;
}

/** Over a network of Docker's that is on both hosts. */
export interface OverlayBetween {
  readonly kind: "overlay";
  readonly out: HostEnd;
  readonly in: HostEnd;
  /** The one of the two that makes the network, a manager of their swarm. */
  readonly maker: string;
}

/** A host of the lab. */
export interface HostEnd {
  readonly host: string;
}

/** A host of the lab, and the address of its switch without the prefix's length. */
export interface TunnelEnd extends HostEnd {
  readonly address: string;
}

/** A Docker network of a hop. */
export interface LabNetwork {
  /** Its resource is `network:` and this. */
  readonly thing: string;
  /** Docker's name for it. */
  readonly name: string;
  readonly datapath: DockerDatapath;
  readonly subnet: string;
  /** Part of the subnet that Docker chooses from by itself; absent where it is all. */
  readonly addressRange?: string;
  /** What a packet may have with the headers of the way between hosts, in bytes; absent where the network is on one. */
  readonly outerMtuBytes?: number;
  /** Interface that its containers' interfaces lie on; absent for bridges and overlays. */
  readonly parent?: string;
  /** Of macvlan and ipvlan; absent for others. */
  readonly mode?: MacvlanSpec["mode"] | IpvlanSpec["mode"];
}

/** The cards of a hop; undefined at an end on another host. */
export interface HopNics {
  readonly out: LabNic | undefined;
  readonly in: LabNic | undefined;
}

/** A network card of a hop, or a stand-in for one. */
export interface LabNic {
  /** As in the file. */
  readonly name: string;
  readonly attach: NicSpec["attach"];
  readonly bind: boolean;
  /** Undefined for a stand-in. */
  readonly pci: string | undefined;
  /** Undefined for a stand-in, and where the host's facts do not say. */
  readonly vfioGroup: number | undefined;
  /** Interface of the host that the switch has one of its own on; absent for cards and stand-ins. */
  readonly parent?: string;
  /** A stand-in's end of the veth pair. */
  readonly interface: string | undefined;
}

export interface PortRef {
  readonly nf: string;
  readonly port: number;
}

/** The OVS-DPDK instance of the lab. */
export interface LabSwitch {
  readonly mode: SwitchSpec["mode"];
  readonly container: string;
  readonly image: string;
  /** CPUs with one poll-mode thread each, ascending. */
  readonly pmdCpus: readonly number[];
  /** Where OVS's other threads run. */
  readonly mainCpu: number;
  /** Run directory: database, control and OpenFlow sockets. */
  readonly directory: string;
  readonly bridge: string;
  readonly ports: readonly SwitchPort[];
  readonly settings: SwitchSpec;
  /** As of the hops. */
  readonly mtuBytes: number;
  /** Huge-page memory that DPDK may take on each NUMA node in all: OVS fits its packet pool into it. */
  readonly memoryLimitMib: readonly number[];
  /** Where the tunnels to other hosts end; absent for labs on one host. */
  readonly uplink?: LabUplink;
}

export interface SwitchPort {
  /** Name in OVS, `gen-p0`-like but at most 15 characters. */
  readonly name: string;
  /** OpenFlow's number of it, which its name decides. */
  readonly ofport: number;
  /** The NF's port that it serves; undefined for a port on a network card. */
  readonly nf: string | undefined;
  readonly port: number | undefined;
  readonly datapath: Datapath;
  /** Of a vhost-user port; undefined for others. */
  readonly socket: string | undefined;
  /** Of a port on a network card; absent for others. */
  readonly nic?: LabNic;
  /** Of a port that leads to another host's switch; absent for others. */
  readonly tunnel?: LabTunnel;
  /** For each receive queue of OVS's the PMD's CPU that polls it; where the placing is left to OVS, what a model takes for it. */
  readonly queueCpus: readonly number[];
  /** The port that everything from this one goes to. */
  readonly outputTo: number;
}

/** What runs on each CPU once folding is decided. */
export interface CpuPlacement {
  readonly owners: readonly CpuOwners[];
  /** Control threads of NFs and switch. */
  readonly housekeeping: number;
  /** The housekeeping CPU also carries data-plane threads. */
  readonly housekeepingShared: boolean;
  /** Some core of the file does not exist here and was put on another. */
  readonly folded: boolean;
}

export interface CpuOwners {
  /** Name of the host that has the CPU, where a lab is told as a whole that is on several; absent otherwise. */
  readonly host?: string;
  readonly cpu: number;
  /** Names of NFs, or `switch`. */
  readonly owners: readonly string[];
}

export interface HugePageBudget {
  readonly pageKib: number;
  readonly needed: number;
  readonly parts: readonly { readonly owner: string; readonly pages: number }[];
}
