import { attempt } from "../host/docker.ts";
import type { ObservedOf } from "../plan/plan.ts";
import { removeContainer } from "./container.ts";
import type { World } from "./driver.ts";
import { isNotFound } from "./not-found.ts";
import { readableSpec } from "./readable-spec.ts";

/**
 * Removes a container as a driver saw it, with its processes. An engine that is killed while it starts a container knows afterwards that it made it, not that there is
 * a process already: it removes the one and leaves the other, which holds its MAC for ever, and its CPU where it is past its start.
 */
export async function removeObserved<Kind extends "nf" | "switch">(
  world: World,
  observed: ObservedOf<Kind>,
): Promise<void> {
  const name = readableSpec(observed).container;
  const id = observed.problem === undefined ? undefined : await idOf(world, name);
  await removeContainer(world, name);
  if (id !== undefined) await endStrayProcesses(world.host, id);
}

async function idOf({ docker }: World, name: string): Promise<string | undefined> {
  try {
    return (await attempt(`inspect container ${name}`, docker.getContainer(name).inspect())).Id;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** A container that is gone has no containerd-shim. Without it containerd takes away what there is of the container; its processes are the shim's children. */
async function endStrayProcesses(host: World["host"], id: string): Promise<void> {
  // From the first word on: the command line of a shell or of sudo that looks for it has the same words, later.
  const search = ["pgrep", "--full", `^[^ ]*containerd-shim[^ ]* .*-id ${id}( |$)`];
  const [found] = (await host.survey({ commands: [search] })).outputs;
  const shims = found?.stdout.split("\n").filter((pid) => pid !== "") ?? [];
  if (shims.length === 0) return;
  await host.run(["pkill", "--signal", "KILL", "--parent", shims.join(",")]);
  await host.run(["kill", "-KILL", ...shims]);
}
