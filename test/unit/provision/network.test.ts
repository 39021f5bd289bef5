import { describe, expect, test } from "vitest";
import type { NetworkSpec, Resource } from "../../../src/lab/resource.ts";
import type { ObservedOf } from "../../../src/plan/plan.ts";
import type { Reader, World } from "../../../src/provision/driver.ts";
import { labelsOf } from "../../../src/provision/labels.ts";
import { networkDriver, observeNetworks } from "../../../src/provision/network.ts";

const SPEC: NetworkSpec = {
  name: "corebed_spread_main-0",
  driver: "overlay",
  bridge: undefined,
  subnet: "198.18.0.0/28",
  options: {},
};
const HOSTS = [
  { name: "a", address: "ssh://rig1", hostname: "rig1" },
  { name: "b", address: "ssh://rig2", hostname: "rig2" },
];
const RESOURCE: Resource = {
  kind: "network",
  id: "network:main-0",
  lab: "spread",
  spec: SPEC,
  needs: [],
  inside: undefined,
  boundTo: [],
  chains: ["main"],
  place: { host: "a", hosts: HOSTS },
};

const seenBy = async (hostname: string, managesSwarm: boolean, resource: Resource = RESOURCE) => {
  const networks = async () => [{ Name: SPEC.name, Scope: "swarm", Labels: labelsOf(resource) }];
  const docker = { networks, engine: async () => ({ hostname, managesSwarm }) };
  const found = await observeNetworks({ docker } as unknown as Reader, "spread");
  return found.map(({ id }) => id);
};

describe("an overlay network of a lab over several hosts", () => {
  test("belongs to the host that made it, whichever engines of the swarm show it", async () => {
    expect(await seenBy("rig1", true)).toEqual(["network:main-0"]);
    expect(await seenBy("rig2", true), "another manager").toEqual([]);
    expect(await seenBy("rig2", false), "a worker with a container on it").toEqual([]);
  });

  test("of a lab on one host is that host's", async () => {
    const { place: _place, ...alone } = RESOURCE;
    expect(await seenBy("rig1", true, alone)).toEqual(["network:main-0"]);
  });

  const IN_USE = "rpc error: code = FailedPrecondition desc = network x is in use by task y";
  const removal = async (answers: readonly (string | undefined)[], signal = new AbortController().signal) => {
    let asked = 0;
    const remove = async (): Promise<void> => {
      const answer = answers[Math.min(asked, answers.length - 1)];
      asked += 1;
      if (answer !== undefined) throw new Error(`(HTTP code 400) unexpected - ${answer}`);
    };
    const world = { docker: { getNetwork: () => ({ remove }) }, signal } as unknown as World;
    const observed = { kind: "network", id: RESOURCE.id, lab: "spread", spec: SPEC } as ObservedOf<"network">;
    await networkDriver.delete(world, observed);
    return asked;
  };

  test("goes when the other hosts' containers have left it", async () => {
    expect(await removal([IN_USE, IN_USE, undefined])).toBe(3);
  });

  test("is not waited for where something else keeps it", async () => {
    await expect(removal(["no space left"])).rejects.toThrow("no space left");
  });

  test("is not waited for any more after an interruption", async () => {
    await expect(removal([IN_USE], AbortSignal.abort())).rejects.toThrow();
  });
});
