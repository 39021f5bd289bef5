import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMeter, encodeFlowAdd } from "../../../../src/rpc/openflow/flow-mod.ts";
import {
  decodeMeterStats,
  decodeMeters,
  encodeMeterMod,
  encodeMetersRequest,
  METER_COMMAND,
} from "../../../../src/rpc/openflow/meter.ts";
import { decodeNamedCounters } from "../../../../src/rpc/openflow/named-counters.ts";

const meter = fc.record({
  id: fc.integer({ min: 1, max: 0xffff }),
  rateKbps: fc.integer({ min: 1, max: 0xffff_ffff }),
  burstKb: fc.integer({ min: 0, max: 0xffff_ffff }),
});

/** A meter-mod as a switch gives it back: the length in place of the command. */
function asConfig(mod: Buffer): Buffer {
  const config = Buffer.from(mod);
  config.writeUInt16BE(config.length, 0);
  return config;
}

describe("meters on the wire", () => {
  it("are as the specification has them", () => {
    expect(encodeMeterMod(METER_COMMAND.add, { id: 1, rateKbps: 240_000, burstKb: 4800 }).toString("hex")).toBe(
      "0000000500000001" + // add, kbps and burst, meter 1
        "00010010" + // drop band of 16 bytes
        "0003a980000012c000000000",
    );
    expect(encodeMeterMod(METER_COMMAND.delete, { id: 7, rateKbps: 0, burstKb: 0 }).toString("hex")).toBe(
      "0002000500000007",
    );
    expect(encodeMetersRequest().toString("hex")).toBe("ffffffff00000000");
  });

  it("come back as they were set", () => {
    fc.assert(
      fc.property(fc.array(meter), (meters) => {
        const data = Buffer.concat(meters.map((one) => asConfig(encodeMeterMod(METER_COMMAND.add, one))));
        expect(decodeMeters(data)).toEqual(meters);
      }),
    );
  });

  it("differ from any of ours when somebody else set them", () => {
    const config = asConfig(encodeMeterMod(METER_COMMAND.add, { id: 3, rateKbps: 5, burstKb: 6 }));
    // Packets per second in place of kbit/s.
    config.writeUInt16BE(6, 2);
    expect(decodeMeters(config)).toEqual([{ id: 3, rateKbps: 0, burstKb: 0 }]);
  });

  it("tell what they dropped", () => {
    const stats = Buffer.alloc(56);
    stats.writeUInt32BE(1, 0);
    stats.writeUInt16BE(56, 4);
    stats.writeBigUInt64BE(65_841_792n, 16);
    stats.writeBigUInt64BE(58_106_380n, 40);
    expect(decodeMeterStats(stats)).toEqual([{ id: 1, packets: 65_841_792, droppedPackets: 58_106_380 }]);
    for (let length = 1; length < stats.length; length++)
      expect(() => decodeMeterStats(stats.subarray(0, length))).toThrow("cut short");
  });

  it("stand in a flow before its outputs", () => {
    const flow = { cookie: 1n, priority: 1, match: { inPort: 1 }, outputs: [2] };
    const [metered, plain] = [encodeFlowAdd({ ...flow, meter: 1 }), encodeFlowAdd(flow)];
    expect(metered.subarray(56).toString("hex")).toBe(`0006000800000001${plain.subarray(56).toString("hex")}`);
    expect(decodeMeter(metered.subarray(56))).toBe(1);
    expect(decodeMeter(plain.subarray(56))).toBeUndefined();
  });
});

describe("counters by name", () => {
  /** The start of what OVS 3.1.0 sent for a vhost port, its list of counters cut to two. */
  const HEAD = `0000000000000001${"00".repeat(72)}`;
  const named = (pairs: readonly (readonly [string, bigint])[]): Buffer => {
    const list = Buffer.concat(
      pairs.map(([name, value]) => {
        const bytes = Buffer.alloc(1 + name.length + 8);
        bytes.writeUInt8(name.length, 0);
        bytes.write(name, 1, "latin1");
        bytes.writeBigUInt64BE(value, 1 + name.length);
        return bytes;
      }),
    );
    const head = Buffer.from(`ffff00000000aa01000000020000000${pairs.length}`, "hex");
    head.writeUInt16BE(16 + list.length, 2);
    const property = Buffer.concat([head, list, Buffer.alloc((8 - ((16 + list.length) % 8)) % 8)]);
    const entry = Buffer.concat([Buffer.from(HEAD, "hex"), property]);
    entry.writeUInt16BE(entry.length, 0);
    return entry;
  };

  it("are read from what OpenFlow 1.4 has room for", () => {
    const one = named([
      ["ovs_tx_failure_drops", 308_481n],
      ["ovs_tx_qos_drops", 48_616_544n],
    ]);
    const [port, again] = decodeNamedCounters(Buffer.concat([one, one]));
    expect(port).toEqual(again);
    expect(port?.port).toBe(1);
    expect(port?.counters.get("ovs_tx_qos_drops")).toBe(48_616_544);
  });

  it("are refused when cut short", () => {
    const whole = named([["ovs_tx_qos_drops", 1n]]);
    for (let length = 1; length < whole.length; length++)
      expect(() => decodeNamedCounters(whole.subarray(0, length))).toThrow("cut short");
  });
});
