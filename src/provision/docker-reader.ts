import type Docker from "dockerode";
import { attempt } from "../host/docker.ts";
import { isDockerLost } from "../host/docker-error.ts";
import type { DockerReader } from "./driver.ts";
import { readSwarm } from "./swarm-state.ts";

/** The reading half of a Docker client, as an object that has no other half. What it asks is asked once more where the connection ended under it. */
export function dockerReader(docker: Docker): DockerReader {
  return {
    containers: (label) =>
      ask("list containers", () => docker.listContainers({ all: true, filters: { label: [label] } })),
    inspect: (container) => ask(`inspect container ${container}`, () => docker.getContainer(container).inspect()),
    engine: async () => {
      const info = () =>
        docker.info() as Promise<{
          readonly Name?: string;
          readonly Swarm?: { readonly ControlAvailable?: boolean };
        }>;
      const { Name = "", Swarm } = await ask("ask for its state", info);
      return { hostname: Name, managesSwarm: Swarm?.ControlAvailable === true };
    },
    swarm: () => readSwarm(docker),
    networks: (label) => ask("list networks", () => docker.listNetworks({ filters: { label: [label] } })),
  };
}

async function ask<T>(attempted: string, call: () => Promise<T>): Promise<T> {
  try {
    return await attempt(attempted, call);
  } catch (error) {
    if (!isDockerLost(error)) throw error;
    return await attempt(attempted, call);
  }
}
