import type { TopologyInput } from "../../src/topology/schema.ts";
import { pair } from "../integration/support/topology.ts";

/** Over macvlan and vhost-user at once, so that containers, a network, a veth pair and a switch with its parts are there. */
export function mixed(name: string, other: Partial<TopologyInput> = {}): TopologyInput {
  return pair(name, {
    cores: { 0: "switch", 1: ["gen", "fwd", "sink"] },
    nfs: { gen: { app: "pktgen" }, fwd: { app: "l2fwd" }, sink: { app: "stats" } },
    chains: { main: { path: ["gen", "fwd", "sink"], hops: ["macvlan", "vhost-user"] } },
    ...other,
  });
}

/** Two arms, whose labs are `NAME-docker-bridge` and `NAME-vhost-user`. */
export function twoArms(name: string): TopologyInput {
  return pair(name, { compare: { datapaths: ["docker-bridge", "vhost-user"], repeats: 2 } });
}

/** Traffic that flows for as long as a fault during a trial needs to happen in it. */
export const LONG = { rate: "20kpps", duration: "5s", warmup: "50ms" } as const;
