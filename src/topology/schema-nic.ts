import { z } from "zod";
import { choice, flag, leaf } from "./leaf.ts";
import { name } from "./schema-values.ts";
import { NIC_PLACES, STAND_IN_NIC } from "./topology.ts";
import { found } from "./wording.ts";

/* A network card of a lab. */

const PCI_ADDRESS = /^(?:([0-9a-f]{4}):)?([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/i;
/** What the kernel's interfaces are called, which is at most 15 characters; nobody's name has the colons of an address. */
const INTERFACE = /^[a-z0-9][a-z0-9_.@-]{0,14}$/i;

/** Whether a device of the file is a card on the PCI bus. */
export function isPciAddress(device: string): boolean {
  return PCI_ADDRESS.test(device);
}

/** A PCI address, with its domain and in lower case, the name of an interface, or the word for what stands in for a card. */
const device = leaf<string, string>(
  (value) => {
    if (value === STAND_IN_NIC) return { ok: true, value };
    const match = typeof value === "string" ? PCI_ADDRESS.exec(value) : null;
    if (match !== null) {
      return { ok: true, value: `${match[1] ?? "0000"}:${match[2]}:${match[3]}.${match[4]}`.toLowerCase() };
    }
    if (typeof value === "string" && INTERFACE.test(value)) return { ok: true, value };
    return {
      ok: false,
      code: "bad-device",
      problem: `must be a PCI address, the name of an interface or ${STAND_IN_NIC}, found ${found(value)}`,
      help: `corebed nic list shows the addresses of this host's cards, such as 0000:03:00.0, ip -br link its interfaces; ${STAND_IN_NIC} stands in for a card`,
    };
  },
  {
    type: "string",
    pattern: "^(([0-9A-Fa-f]{4}:)?[0-9A-Fa-f]{2}:[01][0-9A-Fa-f]\\.[0-7]|[A-Za-z0-9][A-Za-z0-9_.@-]{0,14})$",
    title: "Device",
    description: `PCI address of a port of a network card, or of a virtual function; or the name of an interface that the kernel keeps driving. ${STAND_IN_NIC} stands in for a card: a virtual device on a veth pair that the lab makes in place of the cable.`,
    examples: ["0000:03:00.0", "eth1", STAND_IN_NIC],
  },
);

/** One entry of `nics`. */
export const nicSchema = z
  .strictObject({
    host: name({
      title: "Host",
      description: "Name of the host that has the card, of a lab over several hosts.",
      examples: ["a"],
    }).optional(),
    device,
    attach: choice(NIC_PLACES, {
      title: "What has the card",
      description:
        "switch: a port of the lab's OVS-DPDK; the NF is on its vhost-user port as ever. nf: the NF drives the card itself.",
      examples: ["switch", "nf"],
    }).prefault("switch"),
    bind: flag({
      title: "Take the card from the kernel",
      description:
        "true: apply gives the card to vfio-pci, and destroy gives it back to the driver that it had. false: corebed nic bind has done so before.",
      examples: [false, true],
    }).prefault(false),
  })
  .meta({
    title: "Network card",
    description: "A port of a network card, or a virtual function, for a hop over nic.",
    examples: [
      { device: "0000:03:00.0" },
      { device: "0000:03:02.1", attach: "nf", bind: true },
      { host: "a", device: "eth1" },
    ],
  });
