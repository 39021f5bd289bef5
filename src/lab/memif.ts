import type { NfSpec } from "../topology/topology.ts";
import { controlledApp, type Lab, type LabHop, type LabPort, type MemifRole, type PortRef } from "./lab.ts";
import { hopDirectory } from "./names.ts";

/** Slots of the longest ring that DPDK's memif takes. */
export const LONGEST_MEMIF_RING = 16_384;

/**
 * Gives the hops over memif where their two NFs meet, and which of them listens. NFs of a chain are servers and clients in turn, so that a client that is made
 * anew takes no one with it, and a server its two neighbours at most. DPDK's client tries once: corebed's own NFs try again, so they are the clients of those
 * that would not. Where chains share NFs, no NF may come to wait for itself: a hop that would close such a circle is turned, unless it must be as it is.
 */
export function withMemifs(lab: string, hops: readonly LabHop[], nfs: readonly NfSpec[]): readonly LabHop[] {
  const servers = new Map<LabHop, PortRef>();
  const waits = new Map<string, string[]>();
  const waitsFor = (nf: string, other: string, seen = new Set<string>()): boolean => {
    if (nf === other) return true;
    if (seen.has(nf)) return false;
    seen.add(nf);
    return (waits.get(nf) ?? []).some((server) => waitsFor(server, other, seen));
  };
  const settle = (hop: LabHop, server: PortRef): void => {
    const client = server.nf === hop.from.nf ? hop.to : hop.from;
    servers.set(hop, server);
    waits.set(client.nf, [...(waits.get(client.nf) ?? []), server.nf]);
  };
  const memifs = hops.filter(({ datapath }) => datapath === "memif");
  for (const hop of memifs) {
    const server = onlyServer(hop, nfs);
    if (server !== undefined) settle(hop, server);
  }
  for (const hop of memifs.filter((candidate) => !servers.has(candidate))) {
    const [server, client] = hop.index % 2 === 0 ? [hop.from, hop.to] : [hop.to, hop.from];
    settle(hop, waitsFor(server.nf, client.nf) ? client : server);
  }
  return hops.map((hop) => {
    const server = servers.get(hop);
    const directory = hopDirectory(lab, hop.chain, hop.index);
    return server === undefined ? hop : { ...hop, memif: { directory, socket: `${directory}/memif.sock`, server } };
  });
}

/** The end that has to listen; undefined if either may. */
function onlyServer({ from, to }: LabHop, nfs: readonly NfSpec[]): PortRef | undefined {
  const specOf = ({ nf }: PortRef) => nfs.find(({ name }) => name === nf);
  // Whose buffers are lent is the client: that is how DPDK's memif does it.
  if (specOf(to)?.zeroCopy === true) return from;
  const triesAgain = (end: PortRef): boolean => {
    const spec = specOf(end);
    return spec !== undefined && controlledApp(spec) !== undefined;
  };
  if (triesAgain(from) === triesAgain(to)) return undefined;
  return triesAgain(from) ? to : from;
}

/**
 * NFs that would each wait for the next to listen first, each once: the last waits for the first. None unless buffers are lent both ways between NFs that chains
 * pass in different orders.
 */
export function memifCircle(hops: readonly Pick<LabHop, "memif" | "from" | "to">[]): readonly string[] {
  const serversOf = (nf: string): readonly string[] =>
    hops.flatMap(({ memif, from, to }) => {
      const client = memif?.server.nf === from.nf ? to : from;
      return memif !== undefined && client.nf === nf ? [memif.server.nf] : [];
    });
  const done = new Set<string>();
  const walk = (nf: string, path: readonly string[]): readonly string[] => {
    if (path.includes(nf)) return path.slice(path.indexOf(nf));
    if (done.has(nf)) return [];
    for (const server of serversOf(nf)) {
      const circle = walk(server, [...path, nf]);
      if (circle.length > 0) return circle;
    }
    done.add(nf);
    return [];
  };
  for (const { from, to } of hops) {
    for (const { nf } of [from, to]) {
      const circle = walk(nf, []);
      if (circle.length > 0) return circle;
    }
  }
  return [];
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
