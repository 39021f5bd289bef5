import { createHash } from "node:crypto";
import type { Bind } from "../topology/binds.ts";
import type { LabPlace } from "./lab.ts";

/**
 * A resource: one thing that must exist for a lab, as plain data. `spec` holds everything that its driver needs and nothing else, so that two equal specs
 * mean "nothing to do".
 */
export type Resource =
  | ResourceOf<"directory", DirectorySpec>
  | ResourceOf<"switch", SwitchContainerSpec>
  | ResourceOf<"switch-config", SwitchConfigSpec>
  | ResourceOf<"bridge", BridgeSpec>
  | ResourceOf<"uplink", UplinkSpec>
  | ResourceOf<"port", PortSpec>
  | ResourceOf<"limits", LimitsSpec>
  | ResourceOf<"flows", FlowsSpec>
  | ResourceOf<"shaper", ShaperSpec>
  | ResourceOf<"veth", VethSpec>
  | ResourceOf<"nic", NicResourceSpec>
  | ResourceOf<"cable", CableSpec>
  | ResourceOf<"interface", InterfaceSpec>
  | ResourceOf<"swarm", SwarmSpec>
  | ResourceOf<"network", NetworkSpec>
  | ResourceOf<"nf", NfContainerSpec>;

export type ResourceKind = Resource["kind"];
export type ResourceSpec = Resource["spec"];
/** The spec of one kind of resource. */
export type SpecOf<Kind extends ResourceKind> = Extract<Resource, { readonly kind: Kind }>["spec"];

interface ResourceOf<Kind extends string, Spec> {
  readonly kind: Kind;
  /** `kind:name`, unique in the lab and the same from one resolution to the next. */
  readonly id: string;
  readonly lab: string;
  readonly spec: Spec;
  /** Resources that must exist first. */
  readonly needs: readonly string[];
  /** Lives inside this one: gone when it goes, made anew when it is replaced. */
  readonly inside: string | undefined;
  /** Cannot outlive a replacement of these (a container on a network that is made anew). */
  readonly boundTo: readonly string[];
  /** Chains that stop while this one is changed. */
  readonly chains: readonly string[];
  /** Of an NF: the paths of the lab's chains. Told on its label and no part of its spec: where it stands in a chain can change while it runs. */
  readonly paths?: Readonly<Record<string, readonly string[]>>;
  /** Of a lab on several hosts: where its parts are. Told on labels and no part of the spec, so that another way to the same machine makes nothing anew. */
  readonly place?: LabPlace;
  /** Ids of what another host of the lab makes and this waits for; absent where there is nothing. */
  readonly elsewhere?: readonly string[];
}

export interface DirectorySpec {
  readonly path: string;
}

export interface SwitchContainerSpec {
  readonly container: string;
  /** The topology's name: labs of one group take turns on the same CPUs. */
  readonly group: string;
  readonly hugePages: number;
  readonly image: string;
  readonly cpus: readonly number[];
  readonly pmdCpus: readonly number[];
  /** As of the lab. */
  readonly cgroupParent?: string;
  /** The lab's directory, mounted at the same path so that the sockets of all NFs are in reach. */
  readonly labDirectory: string;
  readonly runDirectory: string;
  /** What ports on kernel interfaces ask for beyond the usual; absent without such. */
  readonly capabilities?: readonly string[];
  /** Character devices of VFIO; absent without network cards. */
  readonly devices?: readonly string[];
  /** Keys of Open_vSwitch.other_config that OVS reads once, when DPDK starts. */
  readonly fixedConfig: Readonly<Record<string, string>>;
}

/** Keys of Open_vSwitch.other_config that OVS takes while it runs. */
export interface SwitchConfigSpec {
  readonly runDirectory: string;
  readonly otherConfig: Readonly<Record<string, string>>;
}

export interface BridgeSpec {
  readonly runDirectory: string;
  readonly bridge: string;
  readonly ports: readonly BridgePortSpec[];
}

export interface BridgePortSpec {
  readonly name: string;
  readonly ofport: number;
  /** The empty one is OVS's own way with interfaces of the kernel: packet sockets. */
  readonly type: "dpdkvhostuserclient" | "dpdk" | "afxdp" | "vxlan" | "geneve" | "";
  readonly options: Readonly<Record<string, string>>;
  readonly otherConfig: Readonly<Record<string, string>>;
  /** Absent for Ethernet's usual 1500. */
  readonly mtuBytes?: number;
}

/** The switch's own interface on a network of the host's, and the bridge that its tunnels end on. */
export interface UplinkSpec {
  /** The switch's. */
  readonly container: string;
  readonly runDirectory: string;
  /** Interface of the host; it keeps its addresses. */
  readonly parent: string;
  /** Name of the switch's own one, in its network namespace. */
  readonly interface: string;
  readonly mac: string;
  /** With the length of the network's prefix. */
  readonly address: string;
  readonly bridge: string;
  /** Of the port in OVS; empty unless queues are pinned. */
  readonly otherConfig: Readonly<Record<string, string>>;
}

/** A port that comes and goes by itself: on the switch's end of a veth pair, with the NF at the other end; or a tunnel to another host's switch. */
export interface PortSpec {
  readonly runDirectory: string;
  readonly bridge: string;
  readonly port: BridgePortSpec;
}

export interface FlowsSpec {
  readonly runDirectory: string;
  readonly bridge: string;
  readonly flows: readonly FlowSpec[];
  /** Rules want a unicast source address as well, which all frames have: so OVS cannot use its simple match. Absent where it is to. */
  readonly looksAtSource?: true;
}

/** Everything that comes in by one port goes out by another. */
export interface FlowSpec {
  readonly inPort: number;
  readonly output: number;
  /** Holds the rate, in kbit/s and kbit of frames without their FCS; absent without a limit. */
  readonly meter?: { readonly rateKbps: number; readonly burstKb: number };
}

/** Policers of the bridge's ports: only of those that have one. */
export interface LimitsSpec {
  readonly runDirectory: string;
  readonly bridge: string;
  readonly ports: readonly PortLimitSpec[];
}

export interface PortLimitSpec {
  /** Of the port in OVS. */
  readonly name: string;
  /** Columns ingress_policing_rate and ingress_policing_burst of the interface. */
  readonly ingress?: { readonly rateKbps: number; readonly burstKb: number };
  /** other_config of a QoS row of type egress-policer. */
  readonly egress?: Readonly<Record<string, string>>;
}

/** A token bucket on a kernel interface (tc's tbf), in bits and bytes of frames with their FCS. */
export interface ShaperSpec {
  /** Whose network namespace the interface is in. */
  readonly container: string;
  /** Name of the interface; undefined where its MAC tells which one. */
  readonly interface: string | undefined;
  readonly mac: string;
  readonly rateBps: number;
  readonly burstBytes: number;
}

export interface VethSpec {
  readonly ends: readonly [string, string];
  /** Of the first end; absent where the kernel may choose. */
  readonly mac?: string;
  /** Absent for Ethernet's usual 1500. */
  readonly mtuBytes?: number;
}

/** A network card in the hands of vfio-pci. */
export interface NicResourceSpec {
  readonly pci: string;
  /** Whether the lab takes it from the kernel; otherwise it must be there already. */
  readonly bind: boolean;
}

/** An interface of the switch's own that takes the place of one of the host's: what comes in there comes to it. */
export interface InterfaceSpec {
  /** The switch's. */
  readonly container: string;
  /** The host's. */
  readonly parent: string;
  /** Name of the switch's own one, in its network namespace. */
  readonly interface: string;
}

/** A veth pair with both ends in the switch's network namespace, in place of the cable between two network cards. */
export interface CableSpec {
  /** The switch's. */
  readonly container: string;
  readonly ends: readonly [string, string];
  /** Absent for Ethernet's usual 1500. */
  readonly mtuBytes?: number;
}

/** Docker's swarm mode, on one machine alone. */
export interface SwarmSpec {
  /** Where it listens, and what it tells others to come to: of the loopback interface. */
  readonly address: string;
}

export interface NetworkSpec {
  readonly name: string;
  readonly driver: "bridge" | "macvlan" | "ipvlan" | "overlay";
  /** Name of the kernel's bridge; undefined for drivers that have none, or make it where nobody sees it. */
  readonly bridge: string | undefined;
  readonly subnet: string;
  /** Part of the subnet that Docker chooses from by itself; absent where it is all. */
  readonly addressRange?: string;
  readonly options: Readonly<Record<string, string>>;
}

export interface NfContainerSpec {
  readonly container: string;
  readonly group: string;
  readonly hugePages: number;
  readonly nf: string;
  readonly app: string | undefined;
  readonly image: string;
  /** In place of the image's own; absent for that. */
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly cpus: readonly number[];
  readonly workerCpu: number;
  /** As of the lab. */
  readonly cgroupParent?: string;
  readonly capabilities: readonly string[];
  /** What it sees of the host's files beside the lab's directories; absent without. */
  readonly binds?: readonly Bind[];
  readonly sysctls: Readonly<Record<string, string>>;
  /** Character devices of VFIO; absent without network cards of its own. */
  readonly devices?: readonly string[];
  readonly directory: string;
  /** Mounted beside it: one for each memif, seen by the NF at the other end as well. Absent without. */
  readonly sharedDirectories?: readonly string[];
  readonly controlSocket: string | undefined;
  readonly networkMode: "none" | "host" | "networks";
  readonly ports: readonly NfPortSpec[];
}

export interface NfPortSpec {
  readonly index: number;
  readonly chain: string;
  readonly direction: "out" | "in";
  readonly datapath: string;
  readonly mac: string;
  readonly ipv4: string;
  readonly socket: string | undefined;
  readonly role: "server" | "client" | undefined;
  readonly interface: string | undefined;
  readonly network: string | undefined;
  /** Of the spec of a network that another host of the lab makes; absent of others. */
  readonly networkDigest?: string;
  /** Absent on datapaths without. */
  readonly wire?: WireSpec;
}

/** The other end of the veth pair of an NF's interface: the switch's container and the name there. */
export interface WireSpec {
  readonly container: string;
  readonly peer: string;
  readonly mtuBytes: number;
  /**
   * The kernel completes checksums and segments before a frame enters the pair, as for a card that can do neither: OVS takes frames as they are, and hands an
   * unfinished checksum on as a wrong one. Absent where an NF writes whole frames.
   */
  readonly fullChecksums?: true;
}

/** Digest of a spec, independent of the order of keys: what ownership labels carry. */
export function specDigest(spec: ResourceSpec): string {
  return createHash("sha256").update(canonicalJson(spec)).digest("hex").slice(0, 16);
}

/** JSON with sorted keys and without undefined members. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === "object" && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
