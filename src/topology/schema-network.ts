import { z } from "zod";
import { choice, type KeyDoc, leaf } from "./leaf.ts";
import type { Reading } from "./reading.ts";
import { IPVLAN_MODES, MACVLAN_MODES, SWARM_WORDS } from "./topology.ts";
import { found, quote } from "./wording.ts";

/* Settings of Docker's network drivers. */

/** The kernel takes no longer one (IFNAMSIZ, less the closing NUL). */
const LONGEST_INTERFACE = 15;
/** What an interface of the kernel can be called; Docker makes a VLAN by itself of a name with a dot that is not there, so existence is checked. */
const INTERFACE = /^(?!\.{1,2}$)[A-Za-z0-9_.-]+$/;

/** The name of an interface of the host. */
export function interfaceName(doc: KeyDoc): z.ZodType<string, string> {
  return leaf<string, string>(readInterface, {
    type: "string",
    pattern: `^[A-Za-z0-9_.-]{1,${LONGEST_INTERFACE}}$`,
    ...doc,
  });
}

function readInterface(value: unknown): Reading<string> {
  const wrong = (code: string, problem: string) => ({
    ok: false as const,
    code,
    problem,
    help: `write the name of an interface of the host, as ip link shows it: up to ${LONGEST_INTERFACE} characters, such as eth1`,
  });
  if (typeof value !== "string") return wrong("wrong-type", `must be the name of an interface, found ${found(value)}`);
  if (value.length > LONGEST_INTERFACE || !INTERFACE.test(value))
    return wrong("bad-name", `cannot be ${quote(value)}, which is no name of an interface`);
  if (value === "lo") return wrong("bad-name", "cannot be lo, on which nothing can lie");
  return { ok: true, value };
}

const parentName = interfaceName({
  title: "Interface",
  description: "Name of an interface of the host.",
  examples: ["eth1"],
});

function parents(perHop: string) {
  return z.union([parentName, z.array(parentName)]).meta({
    title: "Parent",
    description: `Interface of the host that the containers' interfaces lie on, or a list of them, which hops take in the order of the file: ${perHop}. It is never made, changed or removed; one that carries the default route, an SSH connection or an address is refused. Without it the lab makes a veth pair for each hop.`,
    examples: ["eth1", ["eth1", "eth2"]],
  });
}

export const macvlanSchema = z
  .strictObject({
    mode: choice(MACVLAN_MODES, {
      title: "Mode",
      description:
        "bridge: the kernel hands frames from one container to the other on their parent. private and vepa: nothing turns at the parent, so each end of a hop has a parent of its own, or for vepa a switch behind the parent sends frames back. passthru: the container has its parent to itself.",
      examples: ["bridge", "passthru"],
    }).prefault("bridge"),
    parent: parents("one for each hop in mode bridge and vepa, two in private and passthru").optional(),
  })
  .meta({
    title: "Hops over macvlan",
    description: "How hops over macvlan are made.",
    examples: [{ mode: "private" }, { mode: "passthru", parent: ["eth1", "eth2"] }],
  });

export const ipvlanSchema = z
  .strictObject({
    mode: choice(IPVLAN_MODES, {
      title: "Mode",
      description:
        "l2: containers on one parent share its MAC and are told apart by their IP addresses. l3: they are routed to, without ARP or broadcasts.",
      examples: ["l2", "l3"],
    }).prefault("l2"),
    parent: parents("one for each hop").optional(),
  })
  .meta({
    title: "Hops over ipvlan",
    description: "How hops over ipvlan are made.",
    examples: [{ mode: "l3" }, { mode: "l2", parent: "eth1" }],
  });

export const overlaySchema = z
  .strictObject({
    swarm: choice(SWARM_WORDS, {
      title: "Swarm",
      description:
        "use: Docker's swarm mode must be on. start: where it is off, apply starts a swarm of this machine alone, on 127.0.0.1 (but for VXLAN, UDP port 4789), and destroying the last lab that uses it leaves it; a swarm that was there before is never left.",
      examples: ["start"],
    }).prefault("use"),
  })
  .meta({
    title: "Hops over overlay",
    description: "What hops over overlay may do to Docker.",
    examples: [{ swarm: "start" }],
  });
