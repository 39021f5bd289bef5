import { describe, expect, test } from "vitest";
import type { World } from "../../../src/provision/driver.ts";
import { freezeRunning, setNfsPaused } from "../../../src/run/pause.ts";

const BUSY =
  "(HTTP code 500) server error - Cannot pause container 1: OCI runtime pause failed: unable to freeze: unknown ";

/** An engine whose containers cannot be frozen the first times; what was frozen is on record. */
function engine(failures: number, message = BUSY) {
  const frozen: string[] = [];
  let left = failures;
  const docker = {
    getContainer: (name: string) => ({
      pause: async () => {
        left -= 1;
        if (left >= 0) throw new Error(message);
        frozen.push(name);
      },
    }),
  };
  return { frozen, docker };
}

describe("freezing", () => {
  test("is tried again where the machine was too busy for it", async () => {
    const { docker, frozen } = engine(2);
    await setNfsPaused({ docker } as unknown as World, ["gen"], true);
    expect(frozen).toEqual(["gen"]);
  });

  test("is given up where it never works, and at once where something else is wrong", async () => {
    await expect(setNfsPaused({ docker: engine(99).docker } as unknown as World, ["gen"], true)).rejects.toThrow(
      "docker: pause container gen: Cannot pause container 1",
    );
    const other = engine(1, "(HTTP code 404) no such container - No such container: gen ");
    await expect(setNfsPaused({ docker: other.docker } as unknown as World, ["gen"], true)).rejects.toThrow("No such");
  });
});

test("of the labs that are named what runs is frozen, and nothing else", async () => {
  const { docker, frozen } = engine(0);
  const container = (Id: string, lab: string, State: string) => ({ Id, State, Labels: { "corebed.lab": lab } });
  const there = [container("1", "a", "running"), container("2", "a", "paused"), container("3", "b", "running")];
  const world = { docker, reader: { docker: { containers: async () => there } } } as unknown as World;
  expect(await freezeRunning(world, ["a", "c"])).toBe(true);
  expect(frozen).toEqual(["1"]);
  expect(await freezeRunning(world, ["c"])).toBe(false);
});
