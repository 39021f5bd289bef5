import { expect, test } from "vitest";
import type { ObservedOf } from "../../../src/plan/plan.ts";
import type { World } from "../../../src/provision/driver.ts";
import { removeObserved } from "../../../src/provision/stray-process.ts";

const ID = "6f91e3dae9fc1ac770a260d6c1728711";
const NEVER_STARTED = { text: "was made but never started", repairable: false };

/** A host on which these processes keep the container, and what was done on it and on its engine, in order. */
function host(shims: readonly number[]): { readonly world: World; readonly done: string[] } {
  const done: string[] = [];
  const docker = {
    getContainer: () => ({
      inspect: async () => ({ Id: ID }),
      remove: async () => void done.push("remove"),
    }),
  };
  const machine = {
    survey: async ({ commands = [] }: { readonly commands?: readonly (readonly string[])[] }) => ({
      outputs: commands.map(([, , pattern = ""]) => {
        const found = new RegExp(pattern).test(`/usr/bin/containerd-shim-runc-v2 -namespace moby -id ${ID} -address x`);
        return { exitCode: 0, stdout: found ? shims.map((pid) => `${pid}\n`).join("") : "", stderr: "" };
      }),
    }),
    run: async (argv: readonly string[]) => {
      done.push(argv.join(" "));
      return { exitCode: 0, stdout: "", stderr: "" };
    },
  };
  return { world: { docker, host: machine, signal: new AbortController().signal } as unknown as World, done };
}

function seen(problem: ObservedOf<"nf">["problem"]): ObservedOf<"nf"> {
  return { kind: "nf", id: "nf:gen", spec: { container: "corebed.lab.gen" }, problem } as unknown as ObservedOf<"nf">;
}

test("what an engine that was killed forgot of a container is ended after the container's removal", async () => {
  const { world, done } = host([29020]);
  await removeObserved(world, seen(NEVER_STARTED));
  expect(done).toEqual(["remove", "pkill --signal KILL --parent 29020", "kill -KILL 29020"]);
});

test("a container that the engine took away whole leaves nothing to end", async () => {
  const { world, done } = host([]);
  await removeObserved(world, seen(NEVER_STARTED));
  expect(done).toEqual(["remove"]);
});

test("one that runs as it should is only removed", async () => {
  const { world, done } = host([29020]);
  await removeObserved(world, seen(undefined));
  expect(done).toEqual(["remove"]);
});
