import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { resolveSpread } from "../../../src/lab/resolve-spread.ts";
import type { World } from "../../../src/provision/driver.ts";
import { hostsGround } from "../../../src/run/hosts-ground.ts";
import { hostWith } from "../lab/hosts.ts";
import { parse } from "../lab/make-lab.ts";
import { spreadText } from "../lab/spread-text.ts";

test("a host whose engine refuses is named, when all other containers are frozen", async () => {
  const { topology, source } = parse(spreadText());
  const facts = new Map(["a", "b"].map((hostname) => [hostname, hostWith(4, { hostname })]));
  const resolution = resolveSpread(topology, source, facts, { fold: false });
  if (!resolution.ok) throw new Error(JSON.stringify(resolution.diagnostics));
  const { signal } = new AbortController();
  const frozen: string[] = [];
  const worldWith = (pause: (name: string) => Promise<void>) => {
    const docker = { getContainer: (name: string) => ({ pause: () => pause(name) }) };
    return { host: { name: "local" }, docker, signal } as unknown as World;
  };
  const refusing = worldWith(async (name) => {
    if (name.endsWith("switch")) throw new Error("(HTTP code 404) no such container - No such container ");
    for (let i = 0; i < 10; i += 1) await turn();
    frozen.push(name);
  });
  const slow = worldWith(async (name) => {
    for (let i = 0; i < 5; i += 1) await turn();
    frozen.push(name);
  });
  const worlds = new Map([
    ["a", refusing],
    ["b", slow],
  ]);
  const ground = hostsGround(worlds, signal, async () => facts);
  await expect(ground.setPaused(resolution.lab, true)).rejects.toThrow(
    "host a: docker: pause container corebed.spread.switch: No such container",
  );
  expect(frozen.toSorted()).toEqual(["corebed.spread.gen", "corebed.spread.sink", "corebed.spread.switch"]);
});
