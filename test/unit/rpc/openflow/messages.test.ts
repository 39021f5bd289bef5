import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFlowAdd, encodeFlowDelete } from "../../../../src/rpc/openflow/flow-mod.ts";
import { decodeMatch, encodeMatch } from "../../../../src/rpc/openflow/match.ts";
import {
  decodeFlowStats,
  decodeMultipart,
  decodePortStats,
  encodeFlowStatsRequest,
  encodePortStatsRequest,
} from "../../../../src/rpc/openflow/stats.ts";
import { encodeHello, encodeMessage, MessageSplitter } from "../../../../src/rpc/openflow/wire.ts";
import { FLOW_STATS, HELLO, PORT_STATS } from "./captured.ts";

const port = fc.integer({ min: 1, max: 0xffff_ff00 });
const matches = fc.record({ inPort: port, unicastSource: fc.constant(true) }, { requiredKeys: [] });
const flow = fc.record({
  cookie: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
  priority: fc.integer({ min: 0, max: 0xffff }),
  match: fc.record({ inPort: port }, { requiredKeys: [] }),
  outputs: fc.array(port, { maxLength: 5 }),
});

/** What a switch would report of a flow that was added with this flow mod: offsets of ofp_flow_mod and ofp_flow_stats, 1.3.1. */
function asFlowStats(mod: Buffer, packets: bigint, bytes: bigint): Buffer {
  const rest = mod.subarray(40);
  const head = Buffer.alloc(48);
  head.writeUInt16BE(48 + rest.length, 0);
  head.writeUInt8(mod.readUInt8(16), 2);
  head.writeUInt32BE(3, 4);
  head.writeUInt32BE(500_000_000, 8);
  mod.copy(head, 12, 22, 24);
  mod.copy(head, 24, 0, 8);
  head.writeBigUInt64BE(packets, 32);
  head.writeBigUInt64BE(bytes, 40);
  return Buffer.concat([head, rest]);
}

describe("OpenFlow messages", () => {
  it("are cut out of the stream however the bytes come", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.nat(), fc.uint8Array({ maxLength: 40 }))),
        fc.integer({ min: 1, max: 30 }),
        (messages, size) => {
          const bytes = Buffer.concat(messages.map(([type, xid, body]) => encodeMessage(type, xid, body)));
          const splitter = new MessageSplitter();
          const found = [];
          for (let at = 0; at < bytes.length; at += size) found.push(...splitter.push(bytes.subarray(at, at + size)));
          expect(found.map(({ type, xid, body }) => [type, xid, Uint8Array.from(body)])).toEqual(messages);
        },
      ),
    );
  });

  it("with a length below the header's are refused", () => {
    expect(() => new MessageSplitter().push(Buffer.from("0400000700000000", "hex"))).toThrow("7 bytes long");
  });

  it("have the layout of the specification", () => {
    expect(encodeHello(0).toString("hex")).toBe("04000010000000000001000800000010");
    expect(encodeFlowAdd({ cookie: 0xc0n, priority: 10, match: { inPort: 1 }, outputs: [2] }).toString("hex")).toBe(
      "00000000000000c0" + // cookie
        "0000000000000000" + // cookie mask
        "0000" + // table 0, command add
        "00000000" + // timeouts
        "000a" + // priority
        "ffffffffffffffffffffffff" + // buffer, out port, out group
        "00000000" + // flags, padding
        "0001000c80000004000000010000" + // match: OXM, 12 bytes, in_port=1
        "0000" +
        "000400180000000000000010000000020000000000000000", // apply actions: output 2
    );
    expect(encodeFlowDelete({ cookie: 1n, mask: 0xffn }).toString("hex")).toBe(
      "000000000000000100000000000000ffff03000000000000ffffffffffffffffffffffff000000000001000400000000",
    );
    expect(encodePortStatsRequest(5).toString("hex")).toBe("0000000500000000");
    expect(encodePortStatsRequest(undefined).toString("hex")).toBe("ffffffff00000000");
    expect(encodeFlowStatsRequest({ cookie: 1n, mask: 2n }).toString("hex")).toBe(
      "ff000000ffffffffffffffff00000000000000000000000100000000000000020001000400000000",
    );
  });

  it("carry a flow there and back", () => {
    const counter = fc.bigInt({ min: 0n, max: 2n ** 53n });
    fc.assert(
      fc.property(fc.array(fc.tuple(flow, counter, counter)), (flows) => {
        const data = Buffer.concat(
          flows.map(([one, packets, bytes]) => asFlowStats(encodeFlowAdd(one), packets, bytes)),
        );
        expect(decodeFlowStats(data)).toEqual(
          flows.map(([one, packets, bytes]) => ({
            ...one,
            table: 0,
            unknownMatchFields: 0,
            packets: Number(packets),
            bytes: Number(bytes),
            durationMs: 3500,
          })),
        );
      }),
    );
  });

  it("count match fields that are not known, and take the whole match for its size", () => {
    fc.assert(
      fc.property(matches, fc.uint8Array({ maxLength: 9 }), (match, rest) => {
        const bytes = encodeMatch(match);
        expect(bytes.length % 8).toBe(0);
        expect(decodeMatch(Buffer.concat([bytes, rest]))).toEqual({ match, unknownFields: 0, size: bytes.length });
      }),
    );
    // ovs-ofctl: dl_src=00:00:00:00:00:00/01:00:00:00:00:00
    expect(encodeMatch({ unicastSource: true }).toString("hex")).toBe(
      "000100148000090c000000000000010000000000".padEnd(48, "0"),
    );
    // Another mask is another match.
    const multicast = Buffer.from("000100148000090c010000000000010000000000".padEnd(48, "0"), "hex");
    expect(decodeMatch(multicast)).toEqual({ match: {}, unknownFields: 1, size: 24 });
    // eth_type=0x0800, then in_port=1 and a masked vlan_vid.
    const foreign = Buffer.from(
      "0001001a80000a020800 8000000400000001 80000d0410001000".replaceAll(" ", "").padEnd(64, "0"),
      "hex",
    );
    expect(decodeMatch(foreign)).toEqual({ match: { inPort: 1 }, unknownFields: 2, size: 32 });
  });

  it("are refused when cut short", () => {
    const whole = asFlowStats(encodeFlowAdd({ cookie: 1n, priority: 1, match: {}, outputs: [1] }), 1n, 1n);
    for (let length = 1; length < whole.length; length++) {
      expect(() => decodeFlowStats(whole.subarray(0, length))).toThrow("cut short");
    }
    expect(() => decodePortStats(Buffer.alloc(111))).toThrow("cut short");
    expect(() => decodeMultipart(Buffer.alloc(7))).toThrow("cut short");
  });
});

describe("what OVS 3.1.0 sent", () => {
  const reply = (hex: string) => {
    const [message] = new MessageSplitter().push(Buffer.from(hex, "hex"));
    return decodeMultipart(message?.body ?? Buffer.alloc(0));
  };

  it("is a hello", () => {
    expect(new MessageSplitter().push(Buffer.from(HELLO, "hex"))).toMatchObject([{ version: 6, type: 0 }]);
  });

  it("are port statistics, unknown for vhost ports without a peer", () => {
    const ports = decodePortStats(reply(PORT_STATS).data);
    expect(ports).toHaveLength(3);
    expect(ports[0]).toMatchObject({ port: 0xffff_fffe, rxPackets: 0, txDropped: 0, durationMs: 720_084 });
    expect(ports[1]).toEqual({
      port: 1,
      rxPackets: undefined,
      txPackets: undefined,
      rxBytes: undefined,
      txBytes: undefined,
      rxDropped: undefined,
      txDropped: undefined,
      rxErrors: undefined,
      txErrors: undefined,
      durationMs: 720_006,
    });
  });

  it("are flow statistics", () => {
    const common = { table: 0, priority: 10, cookie: 0xc0n, unknownMatchFields: 0 };
    expect(decodeFlowStats(reply(FLOW_STATS).data)).toEqual([
      { ...common, match: { inPort: 1 }, outputs: [2], packets: 88_561_568, bytes: 5_667_940_352, durationMs: 719_809 },
      { ...common, match: { inPort: 2 }, outputs: [1], packets: 88_559_552, bytes: 5_667_811_328, durationMs: 719_711 },
    ]);
  });
});
