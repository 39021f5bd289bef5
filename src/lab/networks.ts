import { type DockerDatapath, onDockerNetwork, onParent } from "../topology/datapaths.ts";
import type { Datapath, Topology } from "../topology/topology.ts";
import type { HostFacts } from "./host-facts.ts";
import type { LabHop, LabNetwork } from "./lab.ts";
import { USUAL_MTU_BYTES } from "./mtu.ts";
import { dockerName, hopSubnet, interfaceName, macOfIpv4, swarmName } from "./names.ts";
import type { NetworkSpec } from "./resource.ts";
import { tunnelledBytes } from "./uplink-rules.ts";

/** What Docker's driver for a datapath is called. */
const DRIVERS = { "docker-bridge": "bridge", macvlan: "macvlan", ipvlan: "ipvlan", overlay: "overlay" } as const;

/** What VXLAN puts around a frame, which Docker takes off an overlay network's MTU although no frame of a single host gets any of it. */
const VXLAN_BYTES = 50;

/** Hosts of a hop's subnet: the first NF, the second, and the second where each end has a half of the subnet to itself. */
const FIRST = 2;
const SECOND = 3;
const SECOND_HALF = 8;

interface HopPlace {
  readonly lab: string;
  /** `main-0`: chain and index. */
  readonly thing: string;
  /** Position in the lab, which decides the subnet. */
  readonly position: number;
  readonly datapath: Datapath;
  /** Interfaces of the host that the file gives this hop; empty where the lab makes a veth pair. */
  readonly parents: readonly string[];
  /** Whether it leads from one host to another. */
  readonly crosses: boolean;
}

/** Whether each end of the hop needs a parent of its own, since nothing turns at the parent: a switch of the user's does so for vepa. */
export function needsTwoParents(datapath: Datapath, { macvlan }: Topology): boolean {
  if (datapath !== "macvlan" || macvlan.mode === "bridge") return false;
  return macvlan.mode !== "vepa" || macvlan.parents.length === 0;
}

/** Interfaces of the host that the file gives to hops over this datapath. */
export function parentsOf(datapath: Datapath, { macvlan, ipvlan }: Topology): readonly string[] {
  return datapath === "macvlan" ? macvlan.parents : datapath === "ipvlan" ? ipvlan.parents : [];
}

/** Gives hops over macvlan and ipvlan their parents, in the order of the file. A hop for which none are left gets fewer: `parentDiagnostics` says so. */
export function parentQueue(topology: Topology): (datapath: Datapath) => readonly string[] {
  const left = {
    macvlan: [...parentsOf("macvlan", topology)],
    ipvlan: [...parentsOf("ipvlan", topology)],
  };
  return (datapath) =>
    onParent(datapath) ? left[datapath].splice(0, needsTwoParents(datapath, topology) ? 2 : 1) : [];
}

/** The Docker networks of a hop: one, or one for each end. */
export function networksOfHop(topology: Topology, place: HopPlace): LabHop["networks"] {
  const { lab, thing, position, datapath, parents, crosses } = place;
  if (!onDockerNetwork(datapath)) return undefined;
  const subnet = hopSubnet(lab, position);
  const own = onParent(datapath)
    ? [parents[0] ?? interfaceName(lab, thing, "a"), parents[1] ?? interfaceName(lab, thing, "b")]
    : [];
  const network = (name: string, cidr: string, parent: string | undefined): LabNetwork => ({
    thing: name,
    name: datapath === "overlay" ? swarmName(lab, name) : dockerName(lab, name),
    datapath,
    subnet: cidr,
    // A swarm takes an address of each network too, the first that is free, and an NF that asks for the same one would wait for it in vain.
    ...(datapath === "overlay" && { addressRange: subnet.halves[1] }),
    ...(crosses && { outerMtuBytes: outerMtuOf(topology.traffic) }),
    ...(parent !== undefined && { parent }),
    ...modeOf(datapath, topology),
  });
  if (!needsTwoParents(datapath, topology)) {
    const one = network(thing, subnet.cidr, own[0]);
    return { out: one, in: one };
  }
  const [first = subnet.cidr, second = subnet.cidr] = subnet.halves;
  return { out: network(thing, first, own[0]), in: network(`${thing}.in`, second, own[1]) };
}

/** What the traffic needs of the network between hosts, which carries Ethernet's usual packets: what is in a capture is not known here. */
function outerMtuOf(traffic: Topology["traffic"]): number {
  return Math.max(USUAL_MTU_BYTES, traffic.pcap === undefined ? tunnelledBytes(traffic) : 0);
}

function modeOf(datapath: DockerDatapath, { macvlan, ipvlan }: Topology): Pick<LabNetwork, "mode"> {
  if (datapath === "macvlan") return { mode: macvlan.mode };
  return datapath === "ipvlan" ? { mode: ipvlan.mode } : {};
}

/** IPv4 address that the port at one end of a hop has on a network that both ends share, whichever part of the lab has that end. */
export function hopAddress({ subnet }: Pick<LabHop, "subnet">, direction: "out" | "in"): string {
  const [, network = "", last = "0"] = /^(.*\.)(\d+)\/\d+$/.exec(subnet) ?? [];
  return `${network}${Number(last) + (direction === "out" ? FIRST : SECOND)}`;
}

/** Addresses of the port at one end of a hop. */
export function addressesOf(
  lab: string,
  hop: LabHop,
  position: number,
  direction: "out" | "in",
  facts: HostFacts,
): { readonly mac: string; readonly ipv4: string } {
  const halves = hop.networks !== undefined && hop.networks.out !== hop.networks.in;
  const number = direction === "out" ? FIRST : halves ? SECOND_HALF + FIRST : SECOND;
  const ipv4 = hopSubnet(lab, position).host(number);
  return { ipv4, mac: hop.datapath === "ipvlan" ? parentMac(hop, lab, position, facts) : macOfIpv4(ipv4) };
}

/** Every interface on a parent of ipvlan has the parent's MAC. That of the lab's own veth pair is one that the lab chooses. */
export function parentMac(hop: Pick<LabHop, "networks" | "veth">, lab: string, position: number, facts: HostFacts) {
  const known = facts.interfaces?.find(({ name }) => name === hop.networks?.out.parent)?.mac;
  return (hop.veth === undefined ? known : undefined) ?? macOfIpv4(hopSubnet(lab, position).host(1));
}

/** The networks of a hop, each once. */
export function distinctNetworks({ networks }: Pick<LabHop, "networks">): readonly LabNetwork[] {
  return networks === undefined ? [] : [...new Set([networks.out, networks.in])];
}

/** What Docker is asked for. */
export function networkSpec(lab: string, network: LabNetwork, mtuBytes: number): NetworkSpec {
  const { datapath, name, subnet, addressRange, thing, parent, outerMtuBytes, mode = "" } = network;
  const overlay = datapath === "overlay";
  const mtu = outerMtuBytes ?? mtuBytes + (overlay ? VXLAN_BYTES : 0);
  return {
    name,
    driver: DRIVERS[datapath],
    bridge: datapath === "docker-bridge" ? interfaceName(lab, thing, "n") : undefined,
    subnet,
    ...(addressRange !== undefined && { addressRange }),
    options: {
      ...(parent !== undefined && { parent, [`${DRIVERS[datapath]}_mode`]: mode }),
      ...(mtu > USUAL_MTU_BYTES && { "com.docker.network.driver.mtu": String(mtu) }),
    },
  };
}
