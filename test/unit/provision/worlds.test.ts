import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { DockerError } from "../../../src/host/docker-error.ts";
import { HostError, LOST } from "../../../src/host/host.ts";
import { ApplyFailedError } from "../../../src/provision/converge.ts";
import type { World } from "../../../src/provision/driver.ts";
import { HostsFailedError, onHosts, type Worlds } from "../../../src/provision/worlds.ts";
import { RpcError } from "../../../src/rpc/rpc-error.ts";

const abort = new AbortController();
const worldOn = (name: string) => ({ host: { name }, signal: abort.signal }) as World;
const WORLDS: Worlds = new Map([
  ["a", worldOn("local")],
  ["b", worldOn("ssh://rig1")],
  ["c", worldOn("ssh://rig2")],
]);

/** Acts on all three hosts, of which these fail. */
function failing(errors: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  return onHosts(WORLDS, async ({ host: { name } }) => {
    if (name in errors) throw errors[name];
    return name;
  });
}

const REFUSED = new DockerError("pause container x", "No such container: x", { statusCode: 404 });

test("what hosts answer comes in the order of the file", async () => {
  expect(await failing({})).toEqual(["local", "ssh://rig1", "ssh://rig2"]);
});

test("a host that fails is told by its name in the file, when the others have come to their end", async () => {
  const ended: string[] = [];
  const all = onHosts(WORLDS, async ({ host: { name } }) => {
    if (name === "local") throw REFUSED;
    for (let i = 0; i < 5; i += 1) await turn();
    ended.push(name);
  });
  await expect(all).rejects.toThrow("host a: docker: pause container x: No such container: x");
  expect(ended).toEqual(["ssh://rig1", "ssh://rig2"]);
});

test("each of several failures is an error of its own", async () => {
  const failed = { operation: { key: "delete nf:gen" } as never, error: new Error("busy") };
  const two = new ApplyFailedError("lab", { done: [], failed: [failed, failed], skipped: [] });
  await expect(failing({ local: REFUSED, "ssh://rig2": two })).rejects.toEqual(
    new HostsFailedError([
      { host: "a", error: REFUSED },
      { host: "c", error: two },
    ]),
  );
  await expect(failing({ "ssh://rig2": two })).rejects.toThrow(
    "host c: delete nf:gen: busy\nerror: host c: delete nf:gen: busy",
  );
});

test.each([
  ["a bug", new TypeError("x is undefined")],
  ["a connection that was lost, which makes a trial void", new HostError("ssh://rig1", "connect", LOST)],
  ["the same of an engine's", new DockerError("pause container x", LOST)],
  ["the same of an NF's", new RpcError({ kind: "closed", method: "stats", peer: "NF gen", detail: "it ended" })],
])("%s stays what it is", async (_what, error) => {
  await expect(failing({ local: REFUSED, "ssh://rig1": error })).rejects.toBe(error);
});

test("an interruption is no host's failure", async () => {
  const interrupted = new DockerError("pause container x", "aborted");
  const cutShort = new ApplyFailedError("lab", { done: [], failed: [], skipped: [] });
  await expect(failing({ local: interrupted, "ssh://rig1": cutShort })).rejects.toBe(interrupted);
  await expect(failing({ local: interrupted, "ssh://rig1": REFUSED })).rejects.toThrow(/^host b: [^\n]*$/);
});
