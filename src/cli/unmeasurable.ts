import type { Topology } from "../topology/topology.ts";
import { EXIT, Exit } from "./exit.ts";

/** A chain can be measured if corebed's own generator sends and its own receiver counts. */
export function refuseUnmeasurable(topology: Topology): void {
  const app = (name: string | undefined) => topology.nfs.find((nf) => nf.name === name)?.app;
  for (const chain of topology.chains) {
    if (app(chain.path[0]) === "pktgen" && app(chain.path.at(-1)) === "stats") continue;
    throw new Exit(
      EXIT.badInput,
      `error: chain ${chain.name} cannot be measured: it does not begin with a pktgen and end with a stats NF\n  = help: put them at its ends, or use corebed apply to only bring the lab up`,
    );
  }
}
