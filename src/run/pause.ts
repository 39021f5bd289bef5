import { setTimeout as delay } from "node:timers/promises";
import { allEnded } from "../host/all-ended.ts";
import { attempt } from "../host/docker.ts";
import { DockerError } from "../host/docker-error.ts";
import type { Lab } from "../lab/lab.ts";
import type { World } from "../provision/driver.ts";
import { LABEL } from "../provision/labels.ts";

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
  await allEnded(containers.map((name) => setPausedPatiently(world, name, paused)));
}

/** runc looks for some milliseconds whether all threads are frozen, and gives up where a busy machine has not come to each by then. */
const TRIES = 5;
const RETRY_MS = 200;

async function setPausedPatiently(world: Pick<World, "docker">, name: string, paused: boolean): Promise<void> {
  const container = world.docker.getContainer(name);
  for (let left = TRIES; ; left -= 1) {
    try {
      const call = paused ? container.pause() : container.unpause();
      await attempt(`${paused ? "pause" : "resume"} container ${name}`, call);
      return;
    } catch (error) {
      if (left === 1 || !(error instanceof DockerError) || !error.reason.includes("unable to freeze")) throw error;
      await delay(RETRY_MS);
    }
  }
}

/** Freezes what runs of these labs, and says whether anything did: a command that was killed left the lab that it was measuring unfrozen. */
export async function freezeRunning(world: World, labs: readonly string[]): Promise<boolean> {
  const containers = await world.reader.docker.containers(LABEL.lab);
  const running = containers.filter(
    ({ State, Labels }) => State === "running" && labs.includes(Labels[LABEL.lab] ?? ""),
  );
  await setNfsPaused(
    world,
    running.map(({ Id }) => Id),
    true,
  );
  return running.length > 0;
}
