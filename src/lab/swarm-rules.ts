import type { Diagnostic, SourceFile } from "../topology/diagnostic.ts";
import type { Topology } from "../topology/topology.ts";
import type { HostFacts } from "./host-facts.ts";
import type { LabHop } from "./lab.ts";
import { datapathPath, error } from "./rules.ts";

/** Where a swarm of this machine alone listens: nobody else reaches it. */
export const SWARM_ADDRESS = "127.0.0.1";

/** Whether the lab starts Docker's swarm mode, or holds one that corebed started, so that it is left with the last lab. */
export function holdsSwarm({ overlay }: Topology, { docker }: HostFacts, hops: readonly LabHop[]): boolean {
  if (!hops.some(isOnOneHost)) return false;
  const { swarm } = docker;
  return swarm?.ours === true || (overlay.swarm === "start" && (swarm === undefined || swarm.state === "inactive"));
}

/** What lies between hosts is for `sharedNetworkDiagnostics`. */
function isOnOneHost({ datapath, between }: LabHop): boolean {
  return datapath === "overlay" && between === undefined;
}

/** Overlay networks need Docker's swarm mode, which is not started without the user's word. */
export function swarmDiagnostics(
  topology: Topology,
  source: SourceFile,
  { docker, hostname }: HostFacts,
  hops: readonly LabHop[],
): readonly Diagnostic[] {
  const { swarm } = docker;
  if (swarm === undefined || !hops.some(isOnOneHost)) return [];
  const place = datapathPath(topology, "overlay");
  if (swarm.state === "active" && swarm.manager) return [];
  if (swarm.state === "active") {
    return [
      error(source, place, "swarm-not-usable", {
        message: `datapath overlay cannot work here: ${hostname} is a worker of a Docker swarm, and only a manager makes networks`,
        help: "make it a manager (docker node promote, on one), or use docker-bridge",
      }),
    ];
  }
  if (swarm.state !== "inactive") {
    return [
      error(source, place, "swarm-not-usable", {
        message: `datapath overlay cannot work here: Docker's swarm mode on ${hostname} is ${swarm.state}`,
        help: "docker info says why; docker swarm unlock or docker swarm leave --force ends that state",
      }),
    ];
  }
  if (topology.overlay.swarm === "start") return [];
  return [
    error(source, place, "no-swarm", {
      message: `datapath overlay needs Docker's swarm mode, which is off on ${hostname}`,
      help: `write overlay: { swarm: start }: apply starts a swarm of this machine alone, listening on ${SWARM_ADDRESS} (ports 2377 and 7946; for VXLAN the kernel listens on UDP 4789 of all addresses), and destroying the last lab that uses it leaves it. Or start one yourself: docker swarm init`,
    }),
  ];
}
