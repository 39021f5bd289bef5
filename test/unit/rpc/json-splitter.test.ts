import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonSplitError, JsonSplitter } from "../../../src/rpc/json-splitter.ts";

function feed(splitter: JsonSplitter, chunks: readonly Uint8Array[]): unknown[] {
  const values: unknown[] = [];
  for (const chunk of chunks) splitter.push(chunk, (value) => values.push(value));
  return values;
}

function fragments(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.slice(at[i], end));
}

const jsonObject = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue());

describe("JsonSplitter", () => {
  it("finds every object however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(jsonObject, { maxLength: 5 }),
        fc.constantFrom("", " ", "\n\r\t "),
        fc.array(fc.nat(), { maxLength: 20 }),
        (objects, gap, cuts) => {
          const texts = objects.map((object) => JSON.stringify(object));
          const bytes = new TextEncoder().encode(texts.join(gap) + gap);
          expect(feed(new JsonSplitter(), fragments(bytes, cuts))).toEqual(texts.map((text) => JSON.parse(text)));
        },
      ),
    );
  });

  it("is not misled by braces, quotes and backslashes inside strings, byte by byte", () => {
    const object = { 'a}"\\': ['{"', "\\", '\\"}', "é{€}𝄞"] };
    const bytes = new TextEncoder().encode(JSON.stringify(object));
    expect(
      feed(
        new JsonSplitter(),
        [...bytes].map((byte) => Uint8Array.of(byte)),
      ),
    ).toEqual([object]);
  });

  it("keeps what it has read when the owner of a chunk reuses its buffer", () => {
    const splitter = new JsonSplitter();
    const buffer = new TextEncoder().encode('{"a":');
    expect(feed(splitter, [buffer])).toEqual([]);
    buffer.fill(0x20);
    expect(feed(splitter, [new TextEncoder().encode("1}")])).toEqual([{ a: 1 }]);
  });

  it.each(["[1]", "null", "x", '"s"', "}", "{]", "{'a':1}", '{"a":}'])("refuses %s", (text) => {
    expect(() => feed(new JsonSplitter(), [new TextEncoder().encode(text)])).toThrow(JsonSplitError);
  });

  it("refuses bytes that are not UTF-8", () => {
    const bytes = Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d);
    expect(() => feed(new JsonSplitter(), [bytes])).toThrow(JsonSplitError);
  });

  it("delivers what came before garbage, and stays broken after it", () => {
    const splitter = new JsonSplitter();
    const values: unknown[] = [];
    const push = (text: string) => splitter.push(new TextEncoder().encode(text), (value) => values.push(value));
    expect(() => push('{"a":1}garbage')).toThrow('expected "{" but found byte 0x67');
    expect(values).toEqual([{ a: 1 }]);
    expect(() => push('{"b":2}')).toThrow(JsonSplitError);
    expect(values).toEqual([{ a: 1 }]);
  });

  it("bounds one object, whole or in parts, and not the stream", () => {
    const ten = new TextEncoder().encode('{"a":1234}');
    expect(feed(new JsonSplitter(10), [ten, ten, ten])).toHaveLength(3);
    expect(() => feed(new JsonSplitter(9), [ten])).toThrow("larger than 9 bytes");
    expect(() => feed(new JsonSplitter(9), [ten.slice(0, 4), ten.slice(4, 8), ten.slice(8)])).toThrow("larger than 9");
    // An object that never ends is stopped as soon as it is too large, not when it ends.
    expect(() => feed(new JsonSplitter(9), [new TextEncoder().encode('{"a":"bbbbbb')])).toThrow("larger than 9 bytes");
  });

  it("takes little more memory than a message has, however small the pieces", () => {
    const splitter = new JsonSplitter();
    const byte = Uint8Array.of(0x20);
    const before = process.memoryUsage();
    feed(splitter, [Uint8Array.of(0x7b)]);
    for (let i = 0; i < 1_000_000; i += 1) splitter.push(byte, () => {});
    const after = process.memoryUsage();
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(64_000_000);
    expect(feed(splitter, [Uint8Array.of(0x7d)])).toEqual([{}]);
  });
});
