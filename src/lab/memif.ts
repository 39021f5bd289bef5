import type { NfSpec } from "../topology/topology.ts";
import { controlledApp, type Lab, type LabHop, type LabPort, type MemifRole, type PortRef } from "./lab.ts";
import { hopDirectory } from "./names.ts";

/** Slots of the longest ring that DPDK's memif takes. */
export const LONGEST_MEMIF_RING = 16_384;

/**
 * Where the two NFs of a hop meet, and which of them listens. NFs of a chain are servers and clients in turn, so that a client that is made anew takes no one
 * with it, and a server its two neighbours at most. DPDK's client tries once: corebed's own NFs try again, so they are the clients of those that would not.
 */
export function memifOf(
  lab: string,
  chain: string,
  index: number,
  { from, to }: { readonly from: PortRef; readonly to: PortRef },
  nfs: readonly NfSpec[],
): NonNullable<LabHop["memif"]> {
  const directory = hopDirectory(lab, chain, index);
  const receiver = nfs.find(({ name }) => name === to.nf);
  // Whose buffers are lent is the client: that is how DPDK's memif does it.
  if (receiver?.zeroCopy === true) return { directory, socket: `${directory}/memif.sock`, server: from };
  const triesAgain = ({ nf }: PortRef): boolean =>
    nfs.some((candidate) => candidate.name === nf && controlledApp(candidate) !== undefined);
  const [first, second] = index % 2 === 0 ? [from, to] : [to, from];
  const server = triesAgain(first) && !triesAgain(second) ? second : first;
  return { directory, socket: `${directory}/memif.sock`, server };
}

/** What an NF is at its end of a hop; undefined where the hop is no memif. */
export function roleOf({ memif }: Pick<LabHop, "memif">, nf: string): MemifRole | undefined {
  if (memif === undefined) return undefined;
  return memif.server.nf === nf ? "server" : "client";
}

/** Whether a generator of the lab has another NF at the other end of its own ring, and nobody in between. */
export function sendsIntoMemif({ nfs, hops }: Pick<Lab, "nfs" | "hops">): boolean {
  const generators = new Set(nfs.filter(({ app }) => app === "pktgen").map(({ name }) => name));
  return hops.some(({ datapath, from }) => datapath === "memif" && generators.has(from.nf));
}

/** A port's `--vdev` arguments that testpmd and corebed's own NFs spell alike: socket and role. */
export function memifDevice({ socket, role, zeroCopy }: Pick<LabPort, "socket" | "role" | "zeroCopy">): string {
  return `socket=${socket},role=${role}${zeroCopy === true ? ",zero-copy=yes" : ""}`;
}
