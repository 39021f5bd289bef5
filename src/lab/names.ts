import { createHash } from "node:crypto";
import { NAME_PATTERN } from "../topology/thing-names.ts";

/** Where labs keep their sockets. Short, since a Unix socket path ends at 107 bytes; under /run, so that a reboot clears it with the rest of the lab. */
export const LAB_ROOT = "/run/corebed";

/** A name that is none would lead elsewhere: the topology lets no such name through, and this is where anything else that comes to be a lab's name is stopped. */
export function labDirectory(lab: string): string {
  if (!NAME_PATTERN.test(lab)) throw new Error(`internal: ${JSON.stringify(lab)} cannot be the name of a lab`);
  return `${LAB_ROOT}/${lab}`;
}

/** The lab's directory as a resource; the parentheses keep it apart from that of an NF called `lab`. */
export const LAB_DIRECTORY_ID = "directory:(lab)";

/** Docker name of a lab's container or network. The dot keeps lab `a-b`, NF `c` apart from lab `a`, NF `b-c`: neither name can hold one. */
export function dockerName(lab: string, part: string): string {
  return `corebed.${lab}.${part}`;
}

/** The same where a swarm knows of it, which takes names for parts of host names: an underscore stands for each dot, and is in no other name either. */
export function swarmName(lab: string, part: string): string {
  return dockerName(lab, part).replaceAll(".", "_");
}

/** What the two NFs of a hop share and no other sees. The dot keeps it apart from the directories of NFs, whose names have none. */
export function hopDirectory(lab: string, chain: string, index: number): string {
  return `${labDirectory(lab)}/hop.${chain}-${index}`;
}

/** Kernel interface name, at most 15 characters and the same for the same lab and thing: `cb3f2a91c0a`. `a` and `b` are the
 * ends of a veth pair, `n` is the bridge of a Docker network. */
export function interfaceName(lab: string, thing: string, end: "a" | "b" | "n"): string {
  return `cb${shortHash(`${lab}/${thing}`, 8)}${end}`;
}

/** The NF's end of a veth pair that leads to the switch, in the NF's own network namespace; the switch's end has the name of the switch's port. */
export function wireName(port: number): string {
  return `p${port}`;
}

/** OVS port name: readable where it fits into the 15 characters of an interface name, else hashed, with digits enough for a thousand NFs. */
export function switchPortName(nf: string, port: number): string {
  const readable = `${nf}-p${port}`;
  return readable.length <= 15 ? readable : `${nf.slice(0, 3)}${shortHash(nf, 9)}-p${port}`;
}

/** OVS port on a network card. The dot keeps it apart from those of NFs. */
export function nicPortName(nic: string): string {
  const readable = `nic.${nic}`;
  return readable.length <= 15 ? readable : `nic.${shortHash(nic, 9)}`;
}

/** OVS port that leads to the switch of another host: one for each hop that goes there. The dot keeps it apart from those of NFs. */
export function tunnelPortName(chain: string, hop: number): string {
  const readable = `tun.${chain}-${hop}`;
  return readable.length <= 15 ? readable : `tun.${shortHash(`${chain}-${hop}`, 9)}`;
}

export function shortHash(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}

const BENCHMARK_BASE = (198 << 24) | (18 << 16);
/** How many /28 there are in the benchmarking range. */
export const SUBNETS = 8192;

/**
 * The /28 of a hop, inside the benchmarking range 198.18.0.0/15 (RFC 2544 C.2.2). Labs start at a place that their name decides, so that two labs seldom
 * ask Docker for the same subnet; hops of one lab never do.
 */
export function hopSubnet(
  lab: string,
  hop: number,
): { readonly cidr: string; readonly halves: readonly [string, string]; readonly host: (n: number) => string } {
  const first = Number.parseInt(shortHash(lab, 8), 16) % SUBNETS;
  const base = (BENCHMARK_BASE >>> 0) + ((first + hop) % SUBNETS) * 16;
  return {
    cidr: `${dotted(base)}/28`,
    halves: [`${dotted(base)}/29`, `${dotted(base + 8)}/29`],
    host: (n) => dotted(base + n),
  };
}

/** Docker's bridge driver gives an endpoint this address by itself, older engines allow no other: 02:42 and the IPv4 address. */
export function macOfIpv4(ipv4: string): string {
  const bytes = ipv4.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return ["02", "42", ...bytes].join(":");
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}
