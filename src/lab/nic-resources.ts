import { onWire } from "../topology/datapaths.ts";
import type { Lab, LabHop, LabNic, LabPort, LabSwitch } from "./lab.ts";
import { USUAL_MTU_BYTES } from "./mtu.ts";
import { nicPortName } from "./names.ts";
import { labNics, nicAt, nicDevice, standInOptions, vfioDevices } from "./nic.ts";
import type { Resource, SwitchContainerSpec } from "./resource.ts";

/** The cards of a hop; stand-ins are none. */
export function nicResources(lab: Lab, hop: LabHop): readonly Resource[] {
  return labNics([hop]).flatMap(({ name, pci, bind }): readonly Resource[] => {
    if (pci === undefined) return [];
    const common = { lab: lab.name, needs: [], inside: undefined, boundTo: [], chains: [hop.chain] };
    return [{ ...common, kind: "nic", id: nicId(name), spec: { pci, bind } }];
  });
}

/** Id of a card as a resource. */
export function nicId(name: string): string {
  return `nic:${name}`;
}

/** What stands in for the cable between cards that are not there: for cards of the switch, in its network namespace. */
export function cableResources(lab: Lab, sw: LabSwitch): readonly Resource[] {
  return lab.hops.flatMap((hop): readonly Resource[] => {
    const { out, in: into } = hop.nics ?? {};
    if (out?.attach !== "switch" || out.interface === undefined || into?.interface === undefined) return [];
    return [
      {
        kind: "cable",
        id: cableId(hop),
        lab: lab.name,
        spec: {
          container: sw.container,
          ends: [out.interface, into.interface],
          ...(hop.mtuBytes > USUAL_MTU_BYTES && { mtuBytes: hop.mtuBytes }),
        },
        needs: ["switch:switch"],
        inside: "switch:switch",
        boundTo: [],
        chains: [hop.chain],
      },
    ];
  });
}

/** The switch's own interfaces on those of the host that stand for cards. */
export function interfaceResources(lab: Lab, sw: LabSwitch): readonly Resource[] {
  return lab.hops.flatMap((hop) =>
    labNics([hop]).flatMap(({ name, parent }): readonly Resource[] => {
      if (parent === undefined) return [];
      return [
        {
          kind: "interface",
          id: interfaceId(name),
          lab: lab.name,
          spec: { container: sw.container, parent, interface: nicPortName(name) },
          needs: ["switch:switch"],
          inside: "switch:switch",
          boundTo: [],
          chains: [hop.chain],
        },
      ];
    }),
  );
}

/** Id of the switch's interface on one of the host's, by the name of the card in the file. */
export function interfaceId(name: string): string {
  return `interface:${name}`;
}

function cableId({ chain, index }: LabHop): string {
  return `cable:${chain}-${index}`;
}

/** Drivers of network cards lie where no EAL looks by itself (images/). */
const NIC_DRIVERS = "/usr/lib/corebed/nic-drivers";

/** What DPDK in the switch may touch: no PCI device at all, since it must never take over a card that carries the management connection, or these alone. */
export function dpdkExtra({ ports }: LabSwitch): string {
  const nics = ports.flatMap(({ nic }) => (nic === undefined || nic.parent !== undefined ? [] : nic));
  const cards = nics.flatMap(({ pci }) => pci ?? []);
  const bus = cards.length === 0 ? ["--no-pci"] : cards.map((pci) => `-a ${pci}`);
  return [...bus, ...(nics.length === 0 ? [] : [`-d ${NIC_DRIVERS}`]), "--no-telemetry"].join(" ");
}

/** What cards of the switch ask of its container: their VFIO devices, or for stand-ins packet sockets with locked rings. */
export function switchPrivileges({ ports, uplink }: LabSwitch): Pick<SwitchContainerSpec, "devices" | "capabilities"> {
  const nics = ports.flatMap(({ nic }) => nic ?? []);
  const devices = vfioDevices(nics);
  return {
    ...capabilitiesOf(ports, uplink !== undefined),
    ...(devices.length > 0 && { devices }),
  };
}

/**
 * Packet sockets for stand-ins and ports on veth pairs, with locked rings where DPDK makes them; loading XDP programs takes SYS_ADMIN, and the memory that AF_XDP
 * shares with the kernel is locked.
 */
function capabilitiesOf(ports: LabSwitch["ports"], hasUplink: boolean): { readonly capabilities?: readonly string[] } {
  const onXdp = hasUplink || ports.some(({ datapath, nic }) => datapath === "af-xdp" || nic?.parent !== undefined);
  const standsIn = ports.some(({ nic }) => nic?.interface !== undefined);
  if (!onXdp && !standsIn && !ports.some(({ datapath }) => onWire(datapath))) return {};
  return {
    capabilities: ["NET_RAW", ...(onXdp || standsIn ? ["IPC_LOCK"] : []), ...(onXdp ? ["SYS_ADMIN"] : [])],
  };
}

/** How OVS is told which device a port of type `dpdk` is. */
export function devargs(nic: LabNic, mtuBytes: number): string {
  const stands = nic.interface === undefined ? "" : `,iface=${nic.interface},${standInOptions(mtuBytes)}`;
  return `${nicDevice(nic)}${stands}`;
}

/** On a veth pair between NFs, with nothing else in between: as a datapath, or in place of network cards. */
export function isInHostNamespace(port: LabPort): boolean {
  return port.datapath === "host" || (port.datapath === "nic" && port.interface !== undefined);
}

/** The network card that an NF's port is, if it is one and no stand-in. */
export function cardsOf(hop: LabHop | undefined, { device, direction }: LabPort): readonly LabNic[] {
  const nic = hop === undefined || device === undefined ? undefined : nicAt(hop, direction);
  return nic?.pci === undefined ? [] : [nic];
}
