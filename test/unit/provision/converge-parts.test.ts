import { expect, test } from "vitest";
import { labResources } from "../../../src/lab/resources.ts";
import { ApplyFailedError } from "../../../src/provision/converge.ts";
import { PartsFailedError } from "../../../src/provision/converge-parts.ts";
import { labelsOf, placeOf } from "../../../src/provision/labels.ts";
import { hostWith } from "../lab/hosts.ts";
import { example, labOf } from "../lab/make-lab.ts";

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
