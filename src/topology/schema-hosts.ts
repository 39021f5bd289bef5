import { z } from "zod";
import { formatAddress, parseAddress } from "./host-address.ts";
import { choice, leaf } from "./leaf.ts";
import { interfaceName } from "./schema-network.ts";
import { name } from "./schema-values.ts";
import { BETWEEN_KINDS, LOCAL_ADDRESS } from "./topology.ts";
import { found } from "./wording.ts";

/* The machines of a lab that is spread over several. */

const address = leaf<string, string>(
  (value) => {
    if (value === LOCAL_ADDRESS) return { ok: true, value };
    const help = `write ssh://user@host or ssh://user@host:port, or ${LOCAL_ADDRESS} for the machine that corebed runs on`;
    if (typeof value !== "string")
      return { ok: false, code: "wrong-type", problem: `must be an address, found ${found(value)}`, help };
    const parsed = parseAddress(value);
    if (typeof parsed === "string")
      return { ok: false, code: "bad-address", problem: `cannot be ${found(value)}: ${parsed}`, help };
    return { ok: true, value: formatAddress(parsed) };
  },
  {
    type: "string",
    pattern: `^(${LOCAL_ADDRESS}|ssh://.+)$`,
    title: "Address",
    description: `How corebed reaches the host: ssh://user@host or ssh://user@host:port; ${LOCAL_ADDRESS} is the machine that it runs on.`,
    examples: ["ssh://root@rig1", LOCAL_ADDRESS],
  },
);

const PREFIXED = /^((?:\d{1,3}\.){3}\d{1,3})\/(\d{1,2})$/;

/** An IPv4 address with the length of its network's prefix, such as 192.0.2.1/24. */
const prefixed = leaf<string, string>(
  (value) => {
    const [, ip = "", length = ""] = (typeof value === "string" ? PREFIXED.exec(value) : null) ?? [];
    const bytes = ip.split(".").map(Number);
    const bits = Number(length);
    if (ip !== "" && bytes.every((byte) => byte <= 255) && bits >= 8 && bits <= 30)
      return { ok: true, value: `${bytes.join(".")}/${bits}` };
    return {
      ok: false,
      code: "bad-address",
      problem: `must be an IPv4 address with the length of its prefix, from 8 to 30, found ${found(value)}`,
      help: "write it like 192.0.2.1/24: an address that nothing on that network has, the host itself neither",
    };
  },
  {
    type: "string",
    pattern: "^([0-9]{1,3}\\.){3}[0-9]{1,3}/[0-9]{1,2}$",
    title: "Address of the switch",
    description:
      "IPv4 address that the lab's switch gets on the interface, with the length of the network's prefix: one that nothing there has, the host itself neither.",
    examples: ["192.0.2.1/24"],
  },
);

/** One entry of `hosts`. */
export const hostSchema = z
  .strictObject({
    address,
    tunnel: z
      .strictObject({
        interface: interfaceName({
          title: "Interface",
          description:
            "Interface of the host on a network that the lab's other hosts are on too. It keeps its own addresses.",
          examples: ["eth1"],
        }),
        address: prefixed,
      })
      .meta({
        title: "Where tunnels end",
        description:
          "How the lab's switch on this host reaches those on the others; needed for hops over vxlan and geneve.",
        examples: [{ interface: "eth1", address: "192.0.2.1/24" }],
      })
      .optional(),
  })
  .meta({
    title: "Host",
    description: "A machine that a part of the lab runs on.",
    examples: [{ address: "ssh://root@rig1", tunnel: { interface: "eth1", address: "192.0.2.1/24" } }],
  });

const hostName = name({ title: "Name", description: "Name of the host in this file.", examples: ["a"] });

/** `hosts:`, by the names that `cores:` then has its CPUs under. */
export const hostsSchema = z.record(hostName, hostSchema).meta({
  title: "Hosts",
  description:
    "The machines that the lab runs on, by name. cores then lists CPUs under the name of their host, and NFs run where their CPU is.",
  examples: [
    {
      a: { address: "ssh://root@rig1", tunnel: { interface: "eth1", address: "192.0.2.1/24" } },
      b: { address: "ssh://root@rig2", tunnel: { interface: "eth1", address: "192.0.2.2/24" } },
    },
  ],
});

/** `between:` */
export const betweenSchema = choice(BETWEEN_KINDS, {
  title: "Between hosts",
  description:
    "What carries packets from one host to another: vxlan or geneve, tunnels between the OVS-DPDK switches of the two; nic, out by a network card of one host and in by one of the other; or overlay, Docker's network of a swarm that both are in.",
  examples: ["vxlan", "nic"],
});
