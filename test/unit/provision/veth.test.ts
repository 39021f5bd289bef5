import { expect, test } from "vitest";
import type { World } from "../../../src/provision/driver.ts";
import { vethDriver } from "../../../src/provision/veth.ts";
import { FakeHost } from "../setup/fake-host.ts";

test("a pair has its mark before corebed can be killed: one process makes it and marks it", async () => {
  const host = new FakeHost({}, () => ({}));
  await vethDriver.create({ host } as unknown as World, {
    kind: "veth",
    id: "veth:main-0",
    lab: "a-lab",
    spec: { ends: ["cb01234567a", "cb01234567b"] },
    needs: [],
    inside: undefined,
    boundTo: [],
    chains: [],
  });
  expect(host.runs[0]).toEqual(["ip", "-batch", "-"]);
  expect(host.runOptions[0]?.stdin).toMatch(
    /^link add cb01234567a type veth peer name cb01234567b\nlink set dev cb01234567a alias corebed:a-lab:veth:main-0:[0-9a-f]+\n$/,
  );
});
