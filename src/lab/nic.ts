import { isTunnel } from "../topology/crossing.ts";
import { throughSwitch } from "../topology/datapaths.ts";
import type { DealtCards } from "../topology/nic-dealer.ts";
import type { NicSpec } from "../topology/topology.ts";
import type { HostFacts } from "./host-facts.ts";
import type { LabBetween, LabHop, LabNic, LabPort, TunnelBetween } from "./lab.ts";
import { USUAL_MTU_BYTES } from "./mtu.ts";
import { interfaceName } from "./names.ts";

/**
 * The two cards of a hop; undefined where the file has not got them. Stand-ins are the two ends of a veth pair.
 *
 * @param factsOf the facts of the hosts that the hop leaves and comes to
 */
export function nicsOfHop(
  lab: string,
  thing: string,
  { out, in: into }: DealtCards<NicSpec>,
  factsOf: { readonly out: HostFacts; readonly in: HostFacts },
): LabHop["nics"] {
  if (out === undefined || into === undefined) return undefined;
  return {
    out: labNic(out, factsOf.out, interfaceName(lab, thing, "a")),
    in: labNic(into, factsOf.in, interfaceName(lab, thing, "b")),
  };
}

/** A hop as one host of the lab knows it: with the cards that are its own. */
export function hopOnHost(hop: LabHop, host: string): LabHop {
  const { nics, between } = hop;
  if (nics === undefined || between === undefined) return hop;
  return {
    ...hop,
    nics: {
      out: between.out.host === host ? nics.out : undefined,
      in: between.in.host === host ? nics.in : undefined,
    },
  };
}

function labNic({ name, pci, parent, attach, bind }: NicSpec, facts: HostFacts, standIn: string): LabNic {
  const group = facts.nics?.find((nic) => nic.pci === pci)?.iommuGroup;
  return {
    name,
    attach,
    bind,
    pci,
    vfioGroup: pci === undefined ? undefined : group,
    ...(parent !== undefined && { parent }),
    interface: pci === undefined && parent === undefined ? standIn : undefined,
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

/** The card at one end of a hop; undefined where the hop is over none, or the end on another host. */
export function nicAt({ nics }: Pick<LabHop, "nics">, direction: "out" | "in"): LabNic | undefined {
  return direction === "out" ? nics?.out : nics?.in;
}

/** A hop as packets see it that go the other way. */
export function turned(hop: LabHop): LabHop {
  const { from, to, nics, between } = hop;
  return {
    ...hop,
    from: to,
    to: from,
    ...(nics !== undefined && { nics: { out: nics.in, in: nics.out } }),
    ...(between !== undefined && { between: turnedBetween(between) }),
  };
}

function turnedBetween(between: LabBetween): LabBetween {
  // Said by kinds, so that the ends stay those of their kind.
  if (isTunnelled(between)) return { ...between, out: between.in, in: between.out };
  return { ...between, out: between.in, in: between.out };
}

function isTunnelled(between: LabBetween): between is TunnelBetween {
  return isTunnel(between.kind);
}

/** The tunnel of a hop; undefined where it goes through none. */
export function tunnelOf({ between }: Pick<LabHop, "between">): TunnelBetween | undefined {
  return between !== undefined && isTunnelled(between) ? between : undefined;
}

/** Whether the port is a vhost-user port: on that datapath, or because its hop's card is the switch's. */
export function onVhostUser({ datapath, socket }: Pick<LabPort, "datapath" | "socket">): boolean {
  return datapath === "vhost-user" || (datapath === "nic" && socket !== undefined);
}

/** Whether packets of the hop pass the lab's switch. */
export function passesSwitch(hop: Pick<LabHop, "datapath" | "nics">): boolean {
  return throughSwitch(hop.datapath) || hop.nics?.out?.attach === "switch" || hop.nics?.in?.attach === "switch";
}

/** Cards of a lab, or of what a host has of it, stand-ins included, in the order of its hops. */
export function labNics(hops: readonly Pick<LabHop, "nics">[]): readonly LabNic[] {
  return hops.flatMap(({ nics }) => [nics?.out, nics?.in]).filter((nic) => nic !== undefined);
}

/** The character devices that VFIO has for these cards: its own, and one for each group. */
export function vfioDevices(nics: readonly LabNic[]): readonly string[] {
  const groups = nics.flatMap(({ vfioGroup }) => (vfioGroup === undefined ? [] : [`/dev/vfio/${vfioGroup}`]));
  return groups.length === 0 ? [] : ["/dev/vfio/vfio", ...new Set(groups)];
}
