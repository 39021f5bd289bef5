/**
 * What a host is and can do, as `corebed doctor --json` prints it and `plan --facts` reads it. A plain value: resolving a lab needs nothing else of the host.
 */
export interface HostFacts {
  readonly schema: "corebed/host-facts/1";
  readonly hostname: string;
  /** How it is reached, `ssh://user@host`; absent for the machine that corebed runs on. */
  readonly address?: string;
  readonly os: { readonly prettyName: string; readonly kernel: string; readonly architecture: string };
  readonly cpus: CpuFacts;
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number };
  readonly hugePages: HugePageFacts;
  readonly docker: DockerFacts;
  readonly kernelSupport: Readonly<Record<KernelFeature, boolean>>;
  readonly cgroup: "v1" | "v2" | "hybrid";
  /** Locked-memory limit of the caller in bytes; undefined means unlimited. */
  readonly memlockBytes: number | undefined;
  /** Name of the hypervisor ("kvm", "firecracker", ...); undefined on bare metal. */
  readonly virtualisation: string | undefined;
  /** Share of CPU time taken by the hypervisor over a short sample, 0..1; undefined if none was taken. */
  readonly stealRatio: number | undefined;
  readonly images: readonly ImageFacts[];
  /** Network cards on the PCI bus, in the order of their addresses; absent in facts that an older corebed saved. */
  readonly nics?: readonly NicFacts[];
  /** Absent as the cards are. */
  readonly vfio?: VfioFacts;
  /** Interfaces of the host's network namespace but lo; absent as the cards are, and where ip(8) does not tell. */
  readonly interfaces?: readonly InterfaceFacts[];
  readonly user: { readonly uid: number };
}

/** Facts of the hosts of a lab that is on several, by their names in the file. */
export type HostsFacts = ReadonlyMap<string, HostFacts>;

/** What is known of where a lab is to be: of one host, or of each of several. */
export type KnownFacts = HostFacts | HostsFacts;

/** Whether these are the facts of several hosts. */
export function areOfHosts(facts: KnownFacts): facts is HostsFacts {
  return facts instanceof Map;
}

/** The facts of a lab's one host; for what is only done where there is one. */
export function ofOneHost(facts: KnownFacts): HostFacts {
  if (areOfHosts(facts)) throw new Error("internal: a lab on several hosts where only one can be");
  return facts;
}

/** An interface that other interfaces could lie on. */
export interface InterfaceFacts {
  readonly name: string;
  readonly mac: string | undefined;
  readonly mtuBytes: number | undefined;
  readonly up: boolean;
  /** Without the lengths of prefixes; absent in facts that an older corebed saved. */
  readonly addresses?: readonly string[];
  /** What it is needed for now, worst first; "up" is not among them. */
  readonly uses: readonly NicUse[];
}

export const KERNEL_FEATURES = ["veth", "bridge", "macvlan", "ipvlan", "vxlan", "af-xdp", "tun", "tbf"] as const;
export type KernelFeature = (typeof KERNEL_FEATURES)[number];

export interface CpuFacts {
  readonly model: string;
  /** CPUs this process may use (online, within its cpuset), ascending. */
  readonly usable: readonly number[];
  /** From the kernel command line's isolcpus, ascending. */
  readonly isolated: readonly number[];
  /** Groups of hardware threads of one physical core; only groups of two or more. */
  readonly smtSiblings: readonly (readonly number[])[];
  readonly numaNodes: readonly { readonly node: number; readonly cpus: readonly number[] }[];
  /** Scaling governor of the first CPU, if frequency scaling is visible. */
  readonly governor: string | undefined;
  /** Whether the instructions that DPDK's widest vector code wants are there (AVX-512 F, BW and VL); undefined if that is not known. */
  readonly avx512?: boolean | undefined;
}

export interface HugePageFacts {
  /** The default size, the one that counts for EAL and OVS. */
  readonly pageKib: number;
  readonly total: number;
  /** Free and not promised to a mapping. */
  readonly free: number;
  readonly mounts: readonly string[];
}

export interface DockerFacts {
  /** `silent`: it takes connections and answers nothing. */
  readonly state: "running" | "silent" | "stopped" | "missing";
  /** Engine version; undefined unless running. */
  readonly version: string | undefined;
  /** API version such as "1.41"; undefined unless running. */
  readonly apiVersion: string | undefined;
  /** What makes control groups for it; absent unless running, and where nobody does. */
  readonly cgroupDriver?: "cgroupfs" | "systemd";
  /** Absent unless running, and in facts that an older corebed saved. */
  readonly swarm?: SwarmFacts;
}

/** Docker's swarm mode, which overlay networks need. */
export interface SwarmFacts {
  /** As Docker calls it: inactive, pending, active, error or locked. */
  readonly state: string;
  /** Whether this machine may make networks for the swarm. */
  readonly manager: boolean;
  /** Whether corebed started it, and leaves it with the last lab. */
  readonly ours: boolean;
  /** Where the swarm's other machines reach this one; absent outside of one. */
  readonly address?: string;
  /** Ids of the swarm's managers, as this machine knows them; absent outside of one. */
  readonly managers?: readonly string[];
}

/** One of corebed's images: `digest` of its sources in this corebed, and the one the host has. */
export interface ImageFacts {
  readonly name: "switch" | "nf";
  /** Full reference, `corebed/nf:3f2a...`. */
  readonly reference: string;
  readonly present: boolean;
}

/** A network card on the PCI bus, or a virtual function of one. */
export interface NicFacts {
  /** Address with its domain, `0000:03:00.0`. */
  readonly pci: string;
  /** Vendor and device, `8086:1572`. */
  readonly id: string;
  /** The kernel's interfaces on it; none where a driver of user space has it. */
  readonly interfaces: readonly string[];
  /** Undefined where none is bound. */
  readonly driver: string | undefined;
  /** Undefined where the machine has but one, or does not say. */
  readonly numaNode: number | undefined;
  /** Undefined without an IOMMU. */
  readonly iommuGroup: number | undefined;
  /** The other devices of its group, bridges left out, with their drivers: VFIO gives the group to one program as a whole. */
  readonly groupNeighbours: readonly { readonly pci: string; readonly driver: string | undefined }[];
  /** Undefined where no interface is there, or it is down and does not know. */
  readonly linkUp: boolean | undefined;
  readonly speedMbps: number | undefined;
  /** The card that this is a virtual function of. */
  readonly physicalFunction: string | undefined;
  readonly virtualFunctions: readonly string[];
  /** What it is needed for now, worst first; empty for one that is free. */
  readonly uses: readonly NicUse[];
}

/** Why a card is better left alone. `text` goes on after "it": "carries the default route". */
export interface NicUse {
  readonly kind: "default-route" | "ssh" | "member" | "virtual-functions" | "addresses" | "up" | "unknown";
  readonly text: string;
}

/** What the host has of the driver that hands PCI devices to programs. */
export interface VfioFacts {
  /** Whether the driver vfio-pci is loaded. */
  readonly driver: boolean;
  /** Whether there is an IOMMU, which keeps a device to the memory of its program. */
  readonly iommu: boolean;
  /** Whether someone allowed VFIO to do without one, which protects nothing. */
  readonly noIommu: boolean;
}
