import { z } from "zod";
import { choice, flag, leaf } from "./leaf.ts";
import { NIC_PLACES, STAND_IN_NIC } from "./topology.ts";
import { found } from "./wording.ts";

/* A network card of a lab. */

const PCI_ADDRESS = /^(?:([0-9a-f]{4}):)?([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/i;

/** A PCI address, with its domain and in lower case, or the word for what stands in for a card. */
const device = leaf<string, string>(
  (value) => {
    if (value === STAND_IN_NIC) return { ok: true, value };
    const match = typeof value === "string" ? PCI_ADDRESS.exec(value) : null;
    if (match !== null) {
      return { ok: true, value: `${match[1] ?? "0000"}:${match[2]}:${match[3]}.${match[4]}`.toLowerCase() };
    }
    return {
      ok: false,
      code: "bad-device",
      problem: `must be a PCI address or ${STAND_IN_NIC}, found ${found(value)}`,
      help: `corebed nic list shows the addresses of this host's cards, such as 0000:03:00.0; ${STAND_IN_NIC} stands in for a card`,
    };
  },
  {
    type: "string",
    pattern: `^(${STAND_IN_NIC}|([0-9A-Fa-f]{4}:)?[0-9A-Fa-f]{2}:[01][0-9A-Fa-f]\\.[0-7])$`,
    title: "Device",
    description: `PCI address of a port of a network card, or of a virtual function. ${STAND_IN_NIC} stands in for a card: a virtual device on a veth pair that the lab makes in place of the cable.`,
    examples: ["0000:03:00.0", STAND_IN_NIC],
  },
);

/** One entry of `nics`. */
export const nicSchema = z
  .strictObject({
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
    examples: [{ device: "0000:03:00.0" }, { device: "0000:03:02.1", attach: "nf", bind: true }],
  });
