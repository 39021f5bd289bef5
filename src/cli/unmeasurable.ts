import { controlledApp } from "../lab/lab.ts";
import { hostsOfNfs } from "../topology/crossing.ts";
import type { MeasureMethod, Topology } from "../topology/topology.ts";
import { EXIT, Exit } from "./exit.ts";

/** What can be measured of a chain whose load corebed cannot set: what it carries. */
const OF_ANY_SENDER: readonly MeasureMethod[] = ["rate", "max", "soak"];

/**
 * Methods that set the load need a generator that can be told it. Where another program sends, what passes the counters of the switch and the kernel is
 * measured, at the load that it makes.
 */
export function refuseUnmeasurable(topology: Topology, method: MeasureMethod): void {
  refuseUncounted(topology);
  refuseTwoClocks(topology, method);
  const app = (name: string | undefined) => topology.nfs.find((nf) => nf.name === name)?.app;
  for (const { name, path } of topology.chains) {
    if (app(path[0]) === "pktgen") continue;
    if (path.length === 1) {
      throw new Exit(
        EXIT.badInput,
        `error: chain ${name} has nothing to measure: ${path[0]} is alone (datapath: none) and no pktgen, so nothing is sent\n  = help: measure a pktgen alone, or give the chain a pktgen before ${path[0]} and another datapath`,
      );
    }
    const limited = topology.traffic.ratePps !== undefined || !OF_ANY_SENDER.includes(method);
    if (!limited) continue;
    const what = topology.traffic.ratePps === undefined ? `method ${method}` : "a rate";
    throw new Exit(
      EXIT.badInput,
      `error: chain ${name} cannot be measured with ${what}: ${path[0]}, which sends, is no pktgen and cannot be told how much\n  = help: put a pktgen first, or measure with rate: max and --measure rate`,
    );
  }
}

/** A packet's time from one machine's clock says nothing by another's. */
function refuseTwoClocks({ chains, cores }: Topology, method: MeasureMethod): void {
  if (method !== "latency") return;
  const places = hostsOfNfs(cores);
  for (const { name, path } of chains) {
    const [from, to] = [places.get(path[0] ?? ""), places.get(path.at(-1) ?? "")];
    if (from === to) continue;
    throw new Exit(
      EXIT.badInput,
      `error: the latency of chain ${name} cannot be measured: it begins on host ${from} and ends on host ${to}, whose clocks differ\n  = help: end the chain on host ${from}, or measure with another method`,
    );
  }
}

/** What enters or leaves a chain over a memif is counted by the NFs at its ends alone: one of the two must be corebed's. */
function refuseUncounted({ nfs, chains, datapath, compare }: Topology): void {
  const open = [datapath, ...(compare?.datapaths ?? [])];
  const counts = (name: string | undefined) =>
    nfs.some((nf) => nf.name === name && controlledApp({ app: nf.app }) !== undefined);
  for (const { name, path, hops } of chains) {
    for (const index of [0, hops.length - 1]) {
      const own = hops[index];
      const overMemif = own === undefined ? open.includes("memif") : own === "memif";
      const [from, to] = [path[index], path[index + 1]];
      if (!overMemif || counts(from) || counts(to)) continue;
      throw new Exit(
        EXIT.badInput,
        `error: chain ${name} cannot be measured over memif: neither ${from} nor ${to} tells corebed what it counts, and there is nothing between them that does\n  = help: wire the hop with vhost-user, whose switch counts, or put an l2fwd between them`,
      );
    }
  }
}
