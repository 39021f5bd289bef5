import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { HostError } from "../../../src/host/host.ts";
import { labResources } from "../../../src/lab/resources.ts";
import type { Operation } from "../../../src/plan/plan.ts";
import { ApplyFailedError } from "../../../src/provision/converge.ts";
import { carryOutParts, PartsFailedError, type PreparedPart } from "../../../src/provision/converge-parts.ts";
import type { World } from "../../../src/provision/driver.ts";
import type { ApplyEvent } from "../../../src/provision/event.ts";
import { labelsOf, placeOf } from "../../../src/provision/labels.ts";
import { hostWith } from "../lab/hosts.ts";
import { example, labOf } from "../lab/make-lab.ts";
import { FakeHost } from "../setup/fake-host.ts";

const LAB = labOf(example("pktgen-stats.yaml"), hostWith(8));
const [RESOURCE] = labResources(LAB);

test("who failed, why, and how far each host came stand in one message", () => {
  if (RESOURCE === undefined) throw new Error("no resource");
  const operation = { verb: "create", key: "create nf:sink", after: [], resource: RESOURCE } as const;
  const other = { ...operation, key: "create nf:fwd" };
  const failed = [operation, other].map((each) => ({ operation: each, error: new Error("no space left") }));
  const failure = new ApplyFailedError("two", { done: [], failed, skipped: [] });
  const { message } = new PartsFailedError("two", [
    { host: "a", address: "ssh://root@rig1", planned: 10, done: 10, failure: undefined },
    { host: "b", address: "local", planned: 9, done: 3, failure },
  ]);
  expect(`error: ${message}`.split("\n")).toEqual([
    "error: host b: create nf:sink: no space left",
    "error: host b: create nf:fwd: no space left",
    "Lab two on its hosts, which stay as they are for a look:",
    "  - a (ssh://root@rig1): as the file says",
    "  - b (local): not as the file says, 3 of 9 steps done",
  ]);
});

/** A host on which three directories are to be made, one after another; `make` is what comes of each. */
function preparedOn(host: string, make: (path: string) => Promise<void>): PreparedPart {
  const operations = [1, 2, 3].map((number): Operation => {
    const id = `directory:${number}`;
    const common = { lab: "two", needs: [], boundTo: [], inside: undefined, chains: [], hugePages: 0 };
    const resource = { ...common, kind: "directory", id, spec: { path: `/run/corebed/two/${number}` } } as const;
    return {
      verb: "create",
      key: `create ${id}`,
      after: number === 1 ? [] : [`create directory:${number - 1}`],
      resource,
    };
  });
  const world = {
    host: Object.assign(new FakeHost(), { makeDirectory: make }),
    signal: new AbortController().signal,
  } as unknown as World;
  const plan = { schema: "corebed/plan/1" as const, lab: "two", steps: [], operations };
  return { part: { host, address: `ssh://${host}`, lab: LAB }, world, plan, budget: { obstacles: [] } as never };
}

test("a host that fails keeps no other from coming to its end, and the state of each is told", async () => {
  const failed = Promise.withResolvers<void>();
  const made: string[] = [];
  const prepared = [
    preparedOn("a", async (path) => {
      await failed.promise;
      made.push(path);
    }),
    preparedOn("b", async (path) => {
      if (path.endsWith("2")) throw new HostError("ssh://b", `make ${path}`, "no space left on device");
    }),
  ];
  const emit = (event: ApplyEvent): void => {
    if (event.type === "operation-failed") failed.resolve();
  };
  await expect(carryOutParts({ ...LAB, name: "two" }, prepared, emit)).rejects.toThrow(
    [
      "host b: create directory:2: ssh://b: make /run/corebed/two/2: no space left on device",
      "Lab two on its hosts, which stay as they are for a look:",
      "  - a (ssh://a): as the file says",
      "  - b (ssh://b): not as the file says, 1 of 3 steps done",
    ].join("\n"),
  );
  expect(made).toEqual([1, 2, 3].map((number) => `/run/corebed/two/${number}`));
});

test("a bug on one host is told as that, when the other host has come to its end", async () => {
  const made: string[] = [];
  const slow = async (path: string): Promise<void> => {
    await turn();
    made.push(path);
  };
  const emit = ({ host }: ApplyEvent): void => {
    if (host === "b") throw new TypeError("x is undefined");
  };
  const prepared = [preparedOn("a", slow), preparedOn("b", async () => {})];
  await expect(carryOutParts(LAB, prepared, emit)).rejects.toThrow("x is undefined");
  expect(made).toHaveLength(3);
});

test("labels tell where a lab's other parts are, and say nothing of labs on one host", () => {
  if (RESOURCE === undefined) throw new Error("no resource");
  const place = {
    host: "a",
    hosts: [
      { name: "a", address: "local", hostname: "rig1" },
      { name: "b", address: "ssh://root@rig2", hostname: "rig2" },
    ],
  };
  expect(placeOf([{ Labels: {} }, { Labels: labelsOf({ ...RESOURCE, place }) }])).toEqual(place);
  expect(placeOf([{ Labels: labelsOf(RESOURCE) }])).toBeUndefined();
  expect(placeOf([{ Labels: { "corebed.place": "{ not" } }, { Labels: { "corebed.place": "[]" } }])).toBeUndefined();
});
