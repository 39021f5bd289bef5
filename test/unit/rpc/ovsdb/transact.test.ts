import { describe, expect, expectTypeOf, it } from "vitest";
import { JsonRpcClient } from "../../../../src/rpc/json-rpc.ts";
import { comment, insert, mutate, select } from "../../../../src/rpc/ovsdb/operation.ts";
import { OvsdbError } from "../../../../src/rpc/ovsdb/ovsdb-error.ts";
import { transact } from "../../../../src/rpc/ovsdb/transact.ts";
import { FakePeer, rejection } from "../fake-peer.ts";

function answering(result: unknown): { client: JsonRpcClient; peer: FakePeer } {
  const peer = new FakePeer(() => ({ result }));
  return { client: new JsonRpcClient(peer.stream, { peer: "fake ovsdb" }), peer };
}

const operations = [
  insert("Port", { name: "p" }),
  mutate("Bridge", [["name", "==", "br0"]], [["n", "+=", 1]]),
  select("Interface", [], { name: "string", ofport: { optional: "integer" } }),
  comment("hello"),
] as const;

describe("transact", () => {
  it("sends one transaction and types each result", async () => {
    const rows = [
      { name: "a", ofport: 1 },
      { name: "b", ofport: ["set", []] },
    ];
    const { client, peer } = answering([{ uuid: ["uuid", "u-1"] }, { count: 1 }, { rows }, {}]);
    const [port, mutated, interfaces, nothing] = await transact(client, "Open_vSwitch", operations);
    expect(port).toEqual({ uuid: "u-1" });
    expect(mutated.count).toBe(1);
    expect(interfaces).toEqual([
      { name: "a", ofport: 1 },
      { name: "b", ofport: undefined },
    ]);
    expectTypeOf(interfaces[0]?.ofport).toEqualTypeOf<number | undefined>();
    expect(nothing).toBeUndefined();
    expect(peer.received).toHaveLength(1);
    expect(peer.received[0]?.params).toMatchObject(["Open_vSwitch", { op: "insert" }, {}, {}, { op: "comment" }]);
  });

  it("names the operation that failed", async () => {
    const { client } = answering([
      { uuid: ["uuid", "u"] },
      { error: "unknown column", details: "No column n." },
      null,
      null,
    ]);
    const error = await rejection(transact(client, "Open_vSwitch", operations));
    expect(error).toBeInstanceOf(OvsdbError);
    expect(error).toMatchObject({ index: 1, error: "unknown column", details: "No column n." });
    expect(error.message).toBe(
      'fake ovsdb refused operation 1 (mutate Bridge where name == "br0"): unknown column: No column n.',
    );
  });

  it("tells a failed commit, which has an element of its own, from a failed operation", async () => {
    const fine = [{ uuid: ["uuid", "u"] }, { count: 1 }, { rows: [] }, {}];
    const { client } = answering([...fine, { error: "referential integrity violation", details: "no such row" }]);
    const error = await rejection(transact(client, "Open_vSwitch", operations));
    expect(error).toMatchObject({ index: undefined, operation: "commit", error: "referential integrity violation" });
    expect(error.message).toBe("fake ovsdb refused the commit: referential integrity violation: no such row");
  });

  it.each([
    ["no array", {}],
    ["a missing result", [{ uuid: ["uuid", "u"] }, { count: 1 }, { rows: [] }].slice(0, 2)],
    ["a wrong type", [{ uuid: ["uuid", "u"] }, { count: "1" }, { rows: [] }, {}]],
    ["a row of another shape", [{ uuid: ["uuid", "u"] }, { count: 1 }, { rows: [{ name: 1 }] }, {}]],
  ])("takes %s for a protocol error", async (_, result) => {
    const { client } = answering(result);
    expect(await rejection(transact(client, "Open_vSwitch", operations))).toMatchObject({ kind: "protocol" });
  });
});
