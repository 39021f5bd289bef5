import type { Bind } from "./binds.ts";

/**
 * A topology: what the user's file says, with every default filled in. Plain readonly data; produced by `parseTopology`, resolved against a host by
 * `resolveLab`.
 */
export interface Topology {
  readonly name: string;
  /** The machines that it runs on, in the order of the file; empty where the command line says which. */
  readonly hosts: readonly HostSpec[];
  /** The affinity map, in the order of the file. */
  readonly cores: readonly CoreAssignment[];
  /** In the order of the file; names are unique. */
  readonly nfs: readonly NfSpec[];
  /** In the order of the file; names are unique. */
  readonly chains: readonly ChainSpec[];
  /** What carries packets over every hop that names no datapath of its own. */
  readonly datapath: Datapath;
  /** What carries packets over hops from one host to another that name nothing of their own. */
  readonly between: BetweenKind;
  readonly switch: SwitchSpec;
  /** Network cards, in the order of the file; hops over `nic` take two each, in that order: see `nicDealer`. */
  readonly nics: readonly NicSpec[];
  readonly macvlan: MacvlanSpec;
  readonly ipvlan: IpvlanSpec;
  readonly overlay: OverlaySpec;
  readonly traffic: TrafficSpec;
  readonly measure: MeasureSpec;
  readonly compare: CompareSpec | undefined;
  readonly sweep: readonly SweepParameter[] | undefined;
  readonly expect: readonly Expectation[];
}

/** What carries packets between two ports. */
export const DATAPATHS = [
  "vhost-user",
  "docker-bridge",
  "macvlan",
  "ipvlan",
  "overlay",
  "host",
  "memif",
  "nic",
  "af-xdp",
  "ovs-veth",
  "none",
] as const;
export type Datapath = (typeof DATAPATHS)[number];

/** The datapaths that lead from one NF to another; `none` is for an NF that is alone. */
export type Carrier = Exclude<Datapath, "none">;
export const CARRIERS: readonly Carrier[] = DATAPATHS.filter((datapath) => datapath !== "none");

/** What an NF drives its kernel interfaces with: packet sockets with mapped rings, or AF_XDP sockets. */
export const KERNEL_DRIVERS = ["af-packet", "af-xdp"] as const;
export type KernelDriver = (typeof KERNEL_DRIVERS)[number];

/** The built-in NFs. An NF without `app` is the user's own image. */
export const APPS = ["pktgen", "stats", "l2fwd", "impair", "testpmd"] as const;
export type App = (typeof APPS)[number];

export const FORWARD_MODES = ["rewrite", "macswap"] as const;
export const TRANSPORTS = ["udp", "tcp"] as const;

/** The word in `cores:` that stands for the OVS-DPDK switch of the lab. */
export const SWITCH_OWNER = "switch";

/** What carries frames from one host's switch to another's: VXLAN (RFC 7348) or Geneve (RFC 8926), both in UDP. */
export const TUNNEL_KINDS = ["vxlan", "geneve"] as const;
export type TunnelKind = (typeof TUNNEL_KINDS)[number];

/** What carries packets from one host to another: a tunnel, a network card at each end, or Docker's overlay network. */
export const BETWEEN_KINDS = [...TUNNEL_KINDS, "nic", "overlay"] as const;
export type BetweenKind = (typeof BETWEEN_KINDS)[number];

/** Address of the machine that corebed itself runs on. */
export const LOCAL_ADDRESS = "local";

/** A machine that a part of a lab runs on. */
export interface HostSpec {
  readonly name: string;
  /** `ssh://user@host:port`, or `LOCAL_ADDRESS`. */
  readonly address: string;
  /** Where tunnels to the other hosts end; undefined where the file gives none. */
  readonly tunnel: { readonly interface: string; readonly address: string } | undefined;
}

/** One line of the affinity map: a CPU and what runs on it. */
export interface CoreAssignment {
  /** Name of the host that has the CPU; absent in a file without `hosts`. */
  readonly host?: string;
  readonly cpu: number;
  /** `SWITCH_OWNER` or names of NFs; several share the CPU. */
  readonly owners: readonly string[];
}

/** One NF: a container with ports. Exactly one of `app` and `image` is given. */
export interface NfSpec {
  readonly name: string;
  readonly app: App | undefined;
  /** The user's own image. */
  readonly image: string | undefined;
  /** argv of the container; only with `image`. */
  readonly command: readonly string[] | undefined;
  /** What follows testpmd's `--`; only with app `testpmd`. */
  readonly args: readonly string[] | undefined;
  /** What `l2fwd` and `impair` do besides passing packets on; undefined for other NFs. */
  readonly forward: ForwardSpec | undefined;
  /** What `impair` does to packets; absent for other NFs. */
  readonly impair?: ImpairSpec;
  readonly env: Readonly<Record<string, string>>;
  /** What its container sees of the host's files; only with `image`, absent without. */
  readonly binds?: readonly Bind[];
  /** What its container may beyond what its ports need; only with `image`, absent without. */
  readonly capabilities?: readonly string[];
  /** Descriptors in each of the port's rings: a power of two. */
  readonly queueSize: number;
  /** Of its ports on kernel interfaces; undefined takes the one that serves best. */
  readonly driver: KernelDriver | undefined;
  /** Receive queues, and transmit queues, of each vhost-user port. */
  readonly queues: number;
  /** How vhost-user ports use their rings. */
  readonly virtio: VirtioSpec;
  /** Whether what comes over memif is put straight into the NF's own buffers. */
  readonly zeroCopy: boolean;
  /** Huge-page memory of the NF, a multiple of 2 MiB. */
  readonly memoryMib: number;
}

/** As many queue pairs as virtio-user takes. */
export const MOST_QUEUES = 8;
export const VIRTIO_RINGS = ["split", "packed"] as const;

/** What virtio-user and the switch agree on for the rings of a port. */
export interface VirtioSpec {
  readonly ring: (typeof VIRTIO_RINGS)[number];
  /** Buffers come back in the order in which they were given. */
  readonly inOrder: boolean;
  /** A frame may lie in several buffers. */
  readonly mergeable: boolean;
  /** Packets are handled with vector instructions; undefined: where the host's CPUs have those that it takes. */
  readonly vectorised: boolean | undefined;
}

/** How `l2fwd` treats packets. */
export interface ForwardSpec {
  readonly mode: (typeof FORWARD_MODES)[number];
  /** Dropped on purpose, and counted as that; the first rule that matches decides. */
  readonly drop: readonly DropRule[];
  /** TSC cycles that each packet costs besides. */
  readonly workCycles: number;
  /** Memory that is walked through, a cache line for each packet; 0 for none. */
  readonly workBytes: number;
}

/** What becomes of packets in `impair`; ratios from 0 to 1. */
export interface ImpairSpec {
  readonly delayNs: number;
  /** At most the delay. */
  readonly jitterNs: number;
  readonly lossRatio: number;
  readonly duplicateRatio: number;
  /** Of the packets, these do not wait. */
  readonly reorderRatio: number;
  readonly seed: number;
}

/** Matches packets by what is given; of those that match, every `every`th is dropped. */
export interface DropRule {
  readonly every: number;
  readonly sourcePort?: number | undefined;
  readonly destinationPort?: number | undefined;
  readonly transport?: (typeof TRANSPORTS)[number] | undefined;
}

/** NFs in order; traffic enters at the first and ends at the last. */
export interface ChainSpec {
  readonly name: string;
  readonly path: readonly string[];
  /** One entry for each hop (path length less one); undefined takes the topology's datapath. */
  readonly hops: readonly (Datapath | undefined)[];
  /** The tunnel of each hop that says it goes by one, one entry for each of `hops`; absent if none does. A word that carries packets within a host as well is in `hops`: see `betweenKind`. */
  readonly between?: readonly (TunnelKind | undefined)[];
  /** How much each hop lets through, one entry for each of `hops`, undefined for a hop without a limit; absent if none has one. */
  readonly limits?: readonly (LimitSpec | undefined)[];
}

/** Where the rate of a hop is held: where packets come out of the NF, where they go to the next, or by a meter that their flow rule names. */
export const LIMIT_PLACES = ["egress", "ingress", "meter"] as const;
export type LimitPlace = (typeof LIMIT_PLACES)[number];

/** How much a hop lets through. */
export interface LimitSpec {
  /** Bits per second of frames with their FCS: layer 2, as `traffic.rate` counts them. */
  readonly rateBps: number;
  /** What may pass at once after a pause, in bytes of frames; undefined takes what passes in 20 ms. */
  readonly burstBytes: number | undefined;
  readonly at: LimitPlace;
}

export interface SwitchSpec {
  /** `container`: corebed runs OVS-DPDK of its own for the lab. `host`: an OVS that is there already. */
  readonly mode: "container" | "host";
  /** Run directory of an existing OVS; only with mode `host`. */
  readonly runDirectory: string;
  /** vhost transmit retries, 0 to 32 (OVS's default is 8). */
  readonly txRetries: number;
  /** How long OVS may keep packets back to hand over more at once, in microseconds, 0 to 1000000. */
  readonly txFlushIntervalUs: number;
  /** Which of several queues of a port packets go to: that of the PMD thread, or that of their flow. */
  readonly txSteering: (typeof TX_STEERINGS)[number];
  /** Longest sleep of an idle PMD thread in microseconds, 0 (busy polling) to 10000. */
  readonly pmdMaxSleepUs: number;
  /** Inverse probability of inserting into the exact-match cache; 0 turns it off. */
  readonly emcInsertInvProb: number;
  /** Whether the signature-match cache is on. */
  readonly smc: boolean;
  /** Whether rules name nothing but the port, so that OVS looks packets up past all caches. */
  readonly simpleMatch: boolean;
  /** `pinned`: corebed says which PMD polls which queue. Anything else is OVS's own way to decide it. */
  readonly rxqAssign: (typeof RXQ_ASSIGNMENTS)[number];
  /** CPUs that poll an NF's queues, which take them in turn; NFs that are not named take turns on all of the switch's CPUs. */
  readonly affinity: Readonly<Record<string, readonly number[]>>;
}

export const TX_STEERINGS = ["thread", "hash"] as const;
export const RXQ_ASSIGNMENTS = ["pinned", "roundrobin", "cycles", "group"] as const;
/** A network card, or what stands in for one. */
export interface NicSpec {
  readonly name: string;
  /** Name of the host that it is on, of a lab on several; absent where there is but one. */
  readonly host?: string;
  /** PCI address such as `0000:03:00.0`; undefined for a stand-in: one end of a veth pair that the lab makes. */
  readonly pci: string | undefined;
  /** Name of an interface of the host, which its kernel drives; absent for cards and stand-ins. */
  readonly parent?: string;
  /** What has the card: a port of the switch, or the NF itself. */
  readonly attach: (typeof NIC_PLACES)[number];
  /** Whether the lab takes the card from the kernel, and gives it back. */
  readonly bind: boolean;
}

export const NIC_PLACES = ["switch", "nf"] as const;
/** The word that stands for a virtual device in place of a card. */
export const STAND_IN_NIC = "af-packet";

export const MACVLAN_MODES = ["bridge", "private", "vepa", "passthru"] as const;
export const IPVLAN_MODES = ["l2", "l3"] as const;
/** Whether a hop over an overlay network may start Docker's swarm mode. */
export const SWARM_WORDS = ["use", "start"] as const;

/** How hops over macvlan are made. */
export interface MacvlanSpec {
  readonly mode: (typeof MACVLAN_MODES)[number];
  /** Interfaces of the host, which hops take in this order; empty where the lab makes its own. */
  readonly parents: readonly string[];
}

/** How hops over ipvlan are made; parents as for macvlan. */
export interface IpvlanSpec {
  readonly mode: (typeof IPVLAN_MODES)[number];
  readonly parents: readonly string[];
}

export interface OverlaySpec {
  readonly swarm: (typeof SWARM_WORDS)[number];
}

/** What the generators send. */
export interface TrafficSpec {
  /** Frame sizes and how often each comes in one cycle; one entry for frames that are all alike. */
  readonly frames: readonly FrameShare[];
  readonly flows: FlowSpec;
  /** Packets per second offered to each chain and direction; undefined: as many as the first port takes. */
  readonly ratePps: number | undefined;
  /** Whether the last NF of each chain sends too, back to the first. */
  readonly direction: "one" | "both";
  /** VLAN id of an 802.1Q tag on every frame, 1 to 4094. */
  readonly vlan: number | undefined;
  readonly network: "ipv4" | "ipv6";
  readonly transport: (typeof TRANSPORTS)[number];
  /** Path of a capture whose frames are sent in place of made ones. */
  readonly pcap: string | undefined;
  readonly durationMs: number;
  /** Traffic before each trial, not counted. */
  readonly warmupMs: number;
  readonly burst: number;
}

/** One size of a genome: RFC 6985. */
export interface FrameShare {
  /** With the 4-byte FCS. */
  readonly bytes: number;
  /** Frames of this size in one cycle. */
  readonly weight: number;
}

export interface FlowSpec {
  /** How many different flows each generator sends. */
  readonly count: number;
  /** Which flow the next packet belongs to: each in turn, each as likely as the others, or by Zipf's law with the exponent `skew`. */
  readonly choice: (typeof FLOW_CHOICES)[number];
  readonly skew: number;
  /** What tells flows apart: UDP or TCP ports, or IP addresses. */
  readonly vary: (typeof FLOW_FIELDS)[number];
}

export const FLOW_CHOICES = ["round-robin", "uniform", "zipf"] as const;
export const FLOW_FIELDS = ["port", "address"] as const;

export const MEASURE_METHODS = ["rate", "max", "ndr-pdr", "latency", "soak", "back-to-back", "loss-curve"] as const;
export type MeasureMethod = (typeof MEASURE_METHODS)[number];
export const GOAL_PRESET_NAMES = ["csit", "quick", "rfc2544", "tst009"] as const;

/** How the lab is measured; what is undefined is left to the method. */
export interface MeasureSpec {
  readonly method: MeasureMethod;
  readonly trials: number | undefined;
  readonly preset: (typeof GOAL_PRESET_NAMES)[number];
  /** In place of the preset's; empty takes the preset's. */
  readonly goals: readonly GoalSpec[];
  readonly minRatePps: number | undefined;
  readonly maxRatePps: number | undefined;
  readonly maxTrials: number | undefined;
  readonly maxTimeMs: number | undefined;
  readonly intervalMs: number | undefined;
  readonly stepRatio: number | undefined;
  readonly repeats: number | undefined;
  readonly longestBurstMs: number | undefined;
  readonly shares: readonly number[] | undefined;
}

/** A goal of a throughput search; ratios from 0 to 1. */
export interface GoalSpec {
  readonly name: string;
  readonly lossRatio: number;
  readonly exceedRatio: number | undefined;
  readonly durationMs: number | undefined;
  readonly sumMs: number | undefined;
  readonly initialMs: number | undefined;
  readonly widthRatio: number | undefined;
}

/** One parameter of a sweep, with its values as the file has them. */
export interface SweepParameter {
  readonly parameter: string;
  readonly values: readonly unknown[];
}

export interface CompareSpec {
  readonly datapaths: readonly Datapath[];
  /** Trials of each datapath. */
  readonly repeats: number;
  readonly order: (typeof TRIAL_ORDERS)[number];
}

/** abba: every other round backwards. random: every round in an order drawn by lot. */
export const TRIAL_ORDERS = ["abba", "random"] as const;

/** `throughput(vhost-user) >= 5 * throughput(docker-bridge)`: two linear terms and a relation. */
export interface Expectation {
  readonly text: string;
  readonly left: Term;
  readonly relation: ">=" | "<=" | ">" | "<";
  readonly right: Term;
}

/** `factor * metric(arm)`, or a plain number in the metric's base unit (packets per second, seconds, ratio). */
export type Term =
  | { readonly kind: "number"; readonly value: number }
  | {
      readonly kind: "metric";
      readonly factor: number;
      readonly metric: Metric;
      readonly datapath: Datapath | undefined;
    };

/** throughput, and ndr and pdr as a search found them, in packets/s, bandwidth in bit/s, loss as a ratio 0..1, latency_p50 and latency_p99 in seconds. */
export const METRICS = ["throughput", "ndr", "pdr", "bandwidth", "loss", "latency_p50", "latency_p99"] as const;
export type Metric = (typeof METRICS)[number];
