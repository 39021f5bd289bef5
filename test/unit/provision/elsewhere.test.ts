import { expect, test } from "vitest";
import { labResources } from "../../../src/lab/resources.ts";
import type { Operation } from "../../../src/plan/plan.ts";
import { Elsewhere } from "../../../src/provision/elsewhere.ts";
import { hostWith } from "../lab/hosts.ts";
import { example, labOf } from "../lab/make-lab.ts";

const [RESOURCE] = labResources(labOf(example("pktgen-stats.yaml"), hostWith(8)));

function waiting(): { readonly elsewhere: Elsewhere; readonly operation: Operation; readonly id: string } {
  if (RESOURCE === undefined) throw new Error("no resource");
  const operation: Operation = { verb: "create", key: `create ${RESOURCE.id}`, after: [], resource: RESOURCE };
  const elsewhere = new Elsewhere();
  elsewhere.expect("a", { operations: [operation] });
  return { elsewhere, operation, id: RESOURCE.id };
}

test("who needs what another host makes waits until that is done", async () => {
  const { elsewhere, operation, id } = waiting();
  const order: string[] = [];
  const wait = elsewhere.awaited(id, new AbortController().signal).then(() => order.push("goes on"));
  elsewhere.see({ type: "operation-started", operation, host: "a" });
  await Promise.resolve();
  order.push("done");
  elsewhere.see({ type: "operation-done", operation, durationMs: 1, host: "a" });
  await wait;
  expect(order).toEqual(["done", "goes on"]);
});

test("what a host keeps is waited for by nobody", async () => {
  const { elsewhere } = waiting();
  await elsewhere.awaited("network:kept", new AbortController().signal);
});

test("who waits is told when that host has come to its end without it, and not for what is done", async () => {
  const { elsewhere, operation, id } = waiting();
  const { signal } = new AbortController();
  const wait = elsewhere.awaited(id, signal);
  elsewhere.end("b");
  elsewhere.end("a");
  await expect(wait).rejects.toThrow(`${id} of host a, which it needs, is not there`);
  const other = waiting();
  other.elsewhere.see({ type: "operation-done", operation, durationMs: 1, host: "a" });
  other.elsewhere.end("a");
  await other.elsewhere.awaited(id, signal);
});

test("who waits is let go by an interruption, with its reason", async () => {
  const { elsewhere, id } = waiting();
  const controller = new AbortController();
  const wait = elsewhere.awaited(id, controller.signal);
  controller.abort("enough");
  await expect(wait).rejects.toBe("enough");
  await expect(elsewhere.awaited(id, controller.signal)).rejects.toBe("enough");
});
