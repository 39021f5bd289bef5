import type Docker from "dockerode";
import { attempt } from "../host/docker.ts";
import type { DockerReader } from "./driver.ts";
import { readSwarm } from "./swarm-state.ts";

/** The reading half of a Docker client, as an object that has no other half. */
export function dockerReader(docker: Docker): DockerReader {
  return {
    containers: (label) =>
      attempt("list containers", docker.listContainers({ all: true, filters: { label: [label] } })),
    inspect: (container) => attempt(`inspect container ${container}`, docker.getContainer(container).inspect()),
    swarm: () => readSwarm(docker),
    networks: (label) => attempt("list networks", docker.listNetworks({ filters: { label: [label] } })),
  };
}
