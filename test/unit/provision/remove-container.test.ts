import { expect, test } from "vitest";
import { removeContainer } from "../../../src/provision/container.ts";
import type { World } from "../../../src/provision/driver.ts";

const NAME = "corebed.lab.gen";

/** As dockerode throws it. */
function refusal(statusCode: number, message: string): Error {
  return Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - ${message} `), { statusCode });
}

/** An engine that answers the tries to remove the container with these refusals, and then does it. */
function engine(...refusals: readonly Error[]): { readonly world: World; readonly tries: () => number } {
  let tries = 0;
  const remove = async (): Promise<void> => {
    tries += 1;
    const refused = refusals[tries - 1];
    if (refused !== undefined) throw refused;
  };
  const docker = { getContainer: () => ({ remove }) };
  return { world: { docker, signal: new AbortController().signal } as unknown as World, tries: () => tries };
}

const gone = refusal(404, `No such container: ${NAME}`);
const inProgress = refusal(409, `removal of container ${NAME} is already in progress`);
const zombie = refusal(
  500,
  "Could not kill running container ea53, cannot remove - container ea53 PID 413 is zombie and can not be killed",
);

test("a container that somebody else is removing is waited for", async () => {
  const { world, tries } = engine(inProgress, inProgress, gone);
  await removeContainer(world, NAME);
  expect(tries()).toBe(3);
});

test("one whose killed process is still there is removed when that is gone", async () => {
  const { world, tries } = engine(zombie, zombie);
  await removeContainer(world, NAME);
  expect(tries()).toBe(3);
});

test("one that is not there is as good as removed", async () => {
  await removeContainer(engine(gone).world, NAME);
});

test("any other refusal is told", async () => {
  const { world, tries } = engine(refusal(409, "cannot remove a running container"));
  await expect(removeContainer(world, NAME)).rejects.toThrow("cannot remove a running container");
  expect(tries()).toBe(1);
});
