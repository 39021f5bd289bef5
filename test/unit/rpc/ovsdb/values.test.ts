import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRow, decodeValue } from "../../../../src/rpc/ovsdb/column.ts";
import {
  deleteRows,
  encodeOperation,
  insert,
  mutate,
  select,
  summarise,
  wait,
} from "../../../../src/rpc/ovsdb/operation.ts";
import { encodeValue, map, namedUuid, uuid } from "../../../../src/rpc/ovsdb/value.ts";

const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("OVSDB values", () => {
  it("survive the round trip: atoms, sets and maps", () => {
    fc.assert(
      fc.property(fc.string(), fc.maxSafeInteger(), fc.boolean(), fc.uuid(), (text, integer, flag, id) => {
        expect(decodeValue(overTheWire(encodeValue(text)), "string")).toBe(text);
        expect(decodeValue(overTheWire(encodeValue(integer)), "integer")).toBe(integer);
        expect(decodeValue(overTheWire(encodeValue(flag)), "boolean")).toBe(flag);
        expect(decodeValue(overTheWire(encodeValue(uuid(id))), "uuid")).toEqual({ uuid: id });
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.uuid()), fc.array(fc.tuple(fc.string(), fc.integer())), (ids, entries) => {
        const refs = ids.map(uuid);
        expect(decodeValue(overTheWire(encodeValue(refs)), { set: "uuid" })).toEqual(refs);
        const table = new Map(entries);
        expect(decodeValue(overTheWire(encodeValue(table)), { map: ["string", "integer"] })).toEqual(table);
      }),
    );
  });

  it("take a bare element for a set of one, and an empty set for an absent value", () => {
    expect(decodeValue("a", { set: "string" })).toEqual(["a"]);
    expect(decodeValue(["uuid", "u"], { set: "uuid" })).toEqual([{ uuid: "u" }]);
    expect(decodeValue(7, { optional: "integer" })).toBe(7);
    expect(decodeValue(["set", [7]], { optional: "integer" })).toBe(7);
    expect(decodeValue(["set", []], { optional: "integer" })).toBeUndefined();
  });

  it.each([
    [1, "string"],
    ["1", "integer"],
    [1.5, "integer"],
    [["uuid", 1], "uuid"],
    [["set", [1, 2]], { optional: "integer" }],
    [["set", "x"], { set: "string" }],
    ["x", { map: ["string", "string"] }],
    [["map", [["a"]]], { map: ["string", "string"] }],
    [undefined, "string"],
  ] as const)("refuse %j as %j", (wire, column) => {
    expect(() => decodeValue(wire, column)).toThrow(TypeError);
  });

  it("name the column that cannot be read", () => {
    expect(() => decodeRow({ name: "a", ofport: "x" }, { name: "string", ofport: "integer" })).toThrow(
      'column ofport: expected integer, got "x"',
    );
  });
});

describe("OVSDB operations", () => {
  it("encode as RFC 7047 5.2 writes them", () => {
    expect(encodeOperation(insert("Port", { name: "p", interfaces: [namedUuid("i")] }, "port"))).toEqual({
      op: "insert",
      table: "Port",
      row: { name: "p", interfaces: ["set", [["named-uuid", "i"]]] },
      "uuid-name": "port",
    });
    expect(encodeOperation(insert("Port", {}))).toEqual({ op: "insert", table: "Port", row: {} });
    expect(encodeOperation(select("Port", [["_uuid", "==", uuid("u")]], { name: "string" }))).toEqual({
      op: "select",
      table: "Port",
      where: [["_uuid", "==", ["uuid", "u"]]],
      columns: ["name"],
    });
    expect(encodeOperation(mutate("Bridge", [], [["external_ids", "insert", map({ a: "b" })]]))).toEqual({
      op: "mutate",
      table: "Bridge",
      where: [],
      mutations: [["external_ids", "insert", ["map", [["a", "b"]]]]],
    });
    expect(encodeOperation(deleteRows("QoS", []))).toEqual({ op: "delete", table: "QoS", where: [] });
    expect(
      encodeOperation(wait({ table: "Bridge", where: [], columns: ["name"], until: "!=", rows: [{ name: "b" }] })),
    ).toEqual({
      op: "wait",
      table: "Bridge",
      where: [],
      columns: ["name"],
      until: "!=",
      rows: [{ name: "b" }],
      timeout: 0,
    });
  });

  it("sum up in a few words", () => {
    expect(summarise(insert("Port", { name: "p" }))).toBe('insert Port "p"');
    expect(summarise(mutate("Bridge", [["name", "==", "br0"]], []))).toBe('mutate Bridge where name == "br0"');
    expect(summarise({ op: "comment", comment: "x" })).toBe("comment");
  });
});
