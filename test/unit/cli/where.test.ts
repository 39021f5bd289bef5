import { expect, test } from "vitest";
import { optionOf, refuseSeveral, whereOf } from "../../../src/cli/where.ts";
import type { HostSpec } from "../../../src/topology/topology.ts";

const host = (name: string, address: string): HostSpec => ({ name, address, tunnel: undefined });
const RIG = host("a", "ssh://root@rig1:2222");
const HERE = host("b", "local");
const other = { user: undefined, host: "elsewhere", port: undefined };

test("a file's own hosts say where its lab is", () => {
  expect(whereOf({ hosts: [] }, {})).toEqual({ kind: "one", options: {} });
  expect(whereOf({ hosts: [] }, { host: other })).toEqual({ kind: "one", options: { host: other } });
  expect(whereOf({ hosts: [RIG] }, {})).toEqual({
    kind: "one",
    options: { host: { user: "root", host: "rig1", port: 2222 } },
  });
  expect(whereOf({ hosts: [RIG, HERE] }, {})).toEqual({ kind: "several", hosts: [RIG, HERE] });
  expect(optionOf(HERE)).toEqual({});
});

test("--host and hosts do not go together", () => {
  expect(() => whereOf({ hosts: [RIG] }, { host: other })).toThrow("leave out --host, or remove hosts from the file");
});

test("what has no way to go about several hosts says so", () => {
  expect(() => refuseSeveral({ hosts: [RIG, HERE] }, "--live changes a lab on one host", "leave it out")).toThrow(
    "error: --live changes a lab on one host, and this lab is on 2 hosts\n  = help: leave it out",
  );
  expect(() => refuseSeveral({ hosts: [RIG] }, "", "")).not.toThrow();
});
