import { describe, expect, test } from "vitest";
import { DockerError } from "../../../src/host/docker-error.ts";
import { takeLock } from "../../../src/host/lock.ts";
import type { Resource } from "../../../src/lab/resource.ts";
import { specDigest } from "../../../src/lab/resource.ts";
import type { ObservedOf } from "../../../src/plan/plan.ts";
import type { World } from "../../../src/provision/driver.ts";
import { observeSwarm, swarmDriver, swarmLabs } from "../../../src/provision/swarm.ts";
import { readSwarm } from "../../../src/provision/swarm-state.ts";

interface FakeNetwork {
  readonly Name: string;
  readonly Scope: string;
  readonly Labels?: Record<string, string>;
  readonly Ingress?: boolean;
}

/** As much of an engine as swarms take. */
class FakeEngine {
  labels: Record<string, string> | undefined;
  version = 1;
  services: readonly unknown[] = [];
  networks: FakeNetwork[] = [];
  readonly inits: Record<string, unknown>[] = [];

  /** Somebody starts a swarm. */
  start(labels: Record<string, string>): void {
    if (this.labels !== undefined) throw new DockerError("start", "This node is already part of a swarm");
    this.labels = labels;
    this.version = 10;
    this.networks.push({ Name: "ingress", Scope: "swarm", Ingress: true });
    if (this.networks.every(({ Name }) => Name !== "docker_gwbridge")) {
      this.networks.push({ Name: "docker_gwbridge", Scope: "local" });
    }
  }

  readonly docker = {
    swarmInspect: async () => {
      if (this.labels === undefined)
        throw Object.assign(new Error("This node is not a swarm manager"), { statusCode: 503 });
      return { Version: { Index: this.version }, Spec: { Name: "default", Labels: this.labels } };
    },
    swarmInit: async (options: Record<string, unknown>) => {
      this.inits.push(options);
      this.start((options.Spec as { Labels: Record<string, string> }).Labels);
    },
    swarmUpdate: async ({
      _query,
      _body,
    }: {
      _query: { version: number };
      _body: { Labels: Record<string, string> };
    }) => {
      if (_query.version !== this.version) throw new Error("update out of sequence");
      this.labels = _body.Labels;
      this.version += 1;
    },
    swarmLeave: async () => {
      this.labels = undefined;
      this.networks = this.networks.filter(({ Scope }) => Scope !== "swarm");
    },
    listNodes: async () => [{}],
    listServices: async () => this.services,
    listNetworks: async () => this.networks,
    getNetwork: (name: string) => ({
      remove: async () => {
        this.networks = this.networks.filter(({ Name }) => Name !== name);
      },
    }),
  };

  get world(): World {
    return { docker: this.docker, host: { lock: takeLock } } as unknown as World;
  }

  get reader() {
    return { docker: { swarm: () => readSwarm(this.docker as never) } } as never;
  }

  networkNames(): readonly string[] {
    return this.networks.map(({ Name }) => Name);
  }
}

const resource = (lab: string): Extract<Resource, { kind: "swarm" }> => ({
  kind: "swarm",
  id: "swarm:docker",
  lab,
  spec: { address: "127.0.0.1" },
  needs: [],
  inside: undefined,
  boundTo: [],
  chains: [],
});

const seen = async (engine: FakeEngine, lab: string) =>
  (await observeSwarm(engine.reader, lab)) as readonly ObservedOf<"swarm">[];

async function remove(engine: FakeEngine, lab: string): Promise<void> {
  for (const observed of await seen(engine, lab)) await swarmDriver.delete(engine.world, observed);
}

describe("a swarm that a lab starts", () => {
  test("listens on the loopback address alone, is seen by its label, and is left with its gateway", async () => {
    const engine = new FakeEngine();
    const wanted = resource("mine");
    await swarmDriver.create(engine.world, wanted);
    const [init] = engine.inits;
    expect([init?.ListenAddr, init?.AdvertiseAddr, init?.DataPathAddr]).toEqual([
      "127.0.0.1:2377",
      "127.0.0.1",
      "127.0.0.1",
    ]);
    expect(await seen(engine, "mine")).toMatchObject([{ id: wanted.id, digest: specDigest(wanted.spec) }]);
    expect(await seen(engine, "other")).toEqual([]);
    await remove(engine, "mine");
    expect(engine.labels).toBeUndefined();
    expect(engine.networkNames()).toEqual([]);
  });

  test("is shared, and left by the last", async () => {
    const engine = new FakeEngine();
    await swarmDriver.create(engine.world, resource("a"));
    await swarmDriver.create(engine.world, resource("b"));
    expect(engine.inits).toHaveLength(1);
    expect(await swarmLabs(engine.reader)).toEqual(["a", "b"]);
    await remove(engine, "a");
    expect(await swarmLabs(engine.reader)).toEqual(["b"]);
    expect(engine.labels).toBeDefined();
    await remove(engine, "b");
    expect(engine.labels).toBeUndefined();
  });

  test("two at once start one", async () => {
    const engine = new FakeEngine();
    await Promise.all(["a", "b"].map((lab) => swarmDriver.create(engine.world, resource(lab))));
    expect(engine.inits).toHaveLength(1);
    expect(await swarmLabs(engine.reader)).toEqual(["a", "b"]);
    await Promise.all(["a", "b"].map((lab) => remove(engine, lab)));
    expect(engine.labels).toBeUndefined();
  });

  test("leaves a gateway network that was there before", async () => {
    const engine = new FakeEngine();
    engine.networks.push({ Name: "docker_gwbridge", Scope: "local" });
    await swarmDriver.create(engine.world, resource("mine"));
    await remove(engine, "mine");
    expect(engine.labels).toBeUndefined();
    expect(engine.networkNames()).toEqual(["docker_gwbridge"]);
  });

  test.each(["a network", "a service"])("is given over to whoever has %s in it", async (what) => {
    const engine = new FakeEngine();
    await swarmDriver.create(engine.world, resource("mine"));
    if (what === "a network") engine.networks.push({ Name: "shop", Scope: "swarm" });
    else engine.services = [{}];
    await remove(engine, "mine");
    expect(engine.labels).toEqual({});
  });

  test("is left all the same while another lab's network is still going", async () => {
    const engine = new FakeEngine();
    await swarmDriver.create(engine.world, resource("mine"));
    engine.networks.push({ Name: "corebed_mine_main-0", Scope: "swarm", Labels: { "corebed.lab": "mine" } });
    await remove(engine, "mine");
    expect(engine.labels).toBeUndefined();
  });
});

test("a swarm that somebody else started is neither marked nor left", async () => {
  const engine = new FakeEngine();
  engine.start({ theirs: "1" });
  await swarmDriver.create(engine.world, resource("mine"));
  expect(engine.labels).toEqual({ theirs: "1" });
  await remove(engine, "mine");
  await swarmDriver.delete(engine.world, { lab: "mine" } as ObservedOf<"swarm">);
  expect(engine.labels).toEqual({ theirs: "1" });
});
