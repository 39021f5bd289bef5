import { attempt } from "../host/docker.ts";
import type { Lab } from "../lab/lab.ts";
import type { World } from "../provision/driver.ts";

/**
 * Freezes or thaws all containers of a lab. Labs that are compared share the same CPUs: while one is measured the others must not poll, and starting and
 * ending them for every trial would take longer than the trial.
 */
export async function setPaused(world: World, lab: Lab, paused: boolean): Promise<void> {
  const names = [
    ...lab.nfs.map((nf) => nf.container),
    ...(lab.switch?.mode === "container" ? [lab.switch.container] : []),
  ];
  await setNfsPaused(world, names, paused);
}

/** Freezes or thaws containers by their names. */
export async function setNfsPaused(world: World, containers: readonly string[], paused: boolean): Promise<void> {
  await Promise.all(
    containers.map((name) => {
      const container = world.docker.getContainer(name);
      return attempt(
        `${paused ? "pause" : "resume"} container ${name}`,
        paused ? container.pause() : container.unpause(),
      );
    }),
  );
}
