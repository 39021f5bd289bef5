import { throughSwitch } from "../topology/datapaths.ts";
import type { NicSpec, Topology } from "../topology/topology.ts";
import type { HostFacts } from "./host-facts.ts";
import type { LabHop, LabNic, LabPort } from "./lab.ts";
import { USUAL_MTU_BYTES } from "./mtu.ts";
import { interfaceName } from "./names.ts";

/** The file's cards by twos: what the first, second, ... hop over `nic` leaves by and comes in by. */
export function nicPairs({ nics }: Pick<Topology, "nics">): readonly (readonly [NicSpec, NicSpec])[] {
  return nics.flatMap((nic, index) => {
    const next = nics[index + 1];
    return index % 2 === 0 && next !== undefined ? [[nic, next] as const] : [];
  });
}

/** The two cards of a hop on this host. Stand-ins are the two ends of a veth pair. */
export function nicsOfHop(
  lab: string,
  thing: string,
  pair: readonly [NicSpec, NicSpec],
  facts: HostFacts,
): NonNullable<LabHop["nics"]> {
  const [out, into] = pair;
  return {
    out: labNic(out, facts, interfaceName(lab, thing, "a")),
    in: labNic(into, facts, interfaceName(lab, thing, "b")),
  };
}

function labNic({ name, pci, attach, bind }: NicSpec, facts: HostFacts, standIn: string): LabNic {
  const group = facts.nics?.find((nic) => nic.pci === pci)?.iommuGroup;
  return {
    name,
    attach,
    bind,
    pci,
    vfioGroup: pci === undefined ? undefined : group,
    interface: pci === undefined ? standIn : undefined,
  };
}

/** DPDK's name for the device: a card's is its PCI address. A stand-in's begins with its driver's, which is how DPDK finds that. */
export function nicDevice({ pci, name }: Pick<LabNic, "pci" | "name">): string {
  return pci ?? `net_af_packet_${name.replaceAll("-", "_")}`;
}

/**
 * How packet sockets of a stand-in are set up: as those of NFs are (images/nf/src/eal.c). Slots lie one after another, so that a block of whole pages holds a
 * whole number of them.
 */
export function standInOptions(mtuBytes: number): string {
  const ring = mtuBytes > USUAL_MTU_BYTES ? "framesz=9216,blocksz=36864,framecnt=1024" : "blocksz=65536,framecnt=4096";
  return `${ring},qdisc_bypass=1`;
}

/** The card at one end of a hop; undefined where the hop is over none. */
export function nicAt({ nics }: Pick<LabHop, "nics">, direction: "out" | "in"): LabNic | undefined {
  return direction === "out" ? nics?.out : nics?.in;
}

/** A hop as packets see it that go the other way. */
export function turned(hop: LabHop): LabHop {
  const { from, to, nics } = hop;
  return { ...hop, from: to, to: from, ...(nics !== undefined && { nics: { out: nics.in, in: nics.out } }) };
}

/** Whether the port is a vhost-user port: on that datapath, or because its hop's card is the switch's. */
export function onVhostUser({ datapath, socket }: Pick<LabPort, "datapath" | "socket">): boolean {
  return datapath === "vhost-user" || (datapath === "nic" && socket !== undefined);
}

/** Whether packets of the hop pass the lab's switch. */
export function passesSwitch(hop: Pick<LabHop, "datapath" | "nics">): boolean {
  return throughSwitch(hop.datapath) || hop.nics?.out.attach === "switch" || hop.nics?.in.attach === "switch";
}

/** Cards of a lab, stand-ins included, in the order of its hops. */
export function labNics(hops: readonly Pick<LabHop, "nics">[]): readonly LabNic[] {
  return hops.flatMap(({ nics }) => (nics === undefined ? [] : [nics.out, nics.in]));
}

/** The character devices that VFIO has for these cards: its own, and one for each group. */
export function vfioDevices(nics: readonly LabNic[]): readonly string[] {
  const groups = nics.flatMap(({ vfioGroup }) => (vfioGroup === undefined ? [] : [`/dev/vfio/${vfioGroup}`]));
  return groups.length === 0 ? [] : ["/dev/vfio/vfio", ...new Set(groups)];
}
