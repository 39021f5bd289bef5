import type { NfSpec } from "../topology/topology.ts";
import { controlledApp, type LabHop, type MemifRole, type PortRef } from "./lab.ts";
import { hopDirectory } from "./names.ts";

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

/** A port's `--vdev` arguments that testpmd and corebed's own NFs spell alike: socket and role. */
export function memifDevice({ socket, role }: { readonly socket: string | undefined; readonly role: MemifRole | undefined }): string {
  return `socket=${socket},role=${role}`;
}
