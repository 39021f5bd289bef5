import { OpenFlowFormatError } from "./wire.ts";

/** Counters of a port that OVS keeps by name, such as `ovs_tx_qos_drops`: in OpenFlow they have a place only from 1.4 on. */
export interface NamedCounters {
  readonly port: number;
  readonly counters: ReadonlyMap<string, number>;
}

/** Fixed part of ofp_port_stats (1.4.0, 7.3.5.6). */
const FIXED_BYTES = 80;
const EXPERIMENTER = 0xffff;
/** Intel's number, under which OVS puts its named counters (lib/ofp-port.c, struct intel_port_custom_stats). */
const INTEL = 0x0000_aa01;
const NAMED = 2;
const PROPERTY_HEAD_BYTES = 16;

/** Decodes the named counters of one reply to a request for port statistics in OpenFlow 1.4. */
export function decodeNamedCounters(data: Buffer): readonly NamedCounters[] {
  const ports: NamedCounters[] = [];
  for (let at = 0; at < data.length; ) {
    const length = at + 2 <= data.length ? data.readUInt16BE(at) : 0;
    if (length < FIXED_BYTES || at + length > data.length) throw new OpenFlowFormatError("a port entry is cut short");
    const entry = data.subarray(at, at + length);
    ports.push({
      port: entry.readUInt32BE(4),
      counters: new Map(properties(entry.subarray(FIXED_BYTES)).flatMap(named)),
    });
    at += length;
  }
  return ports;
}

function properties(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2);
    if (length < 4 || at + length > bytes.length) throw new OpenFlowFormatError("a port's property is cut short");
    found.push(bytes.subarray(at, at + length));
    at += Math.ceil(length / 8) * 8;
  }
  return found;
}

/** Each counter is its name behind the name's length, a byte, and a 64-bit number. */
function named(property: Buffer): readonly (readonly [string, number])[] {
  const isNamed =
    property.length >= PROPERTY_HEAD_BYTES &&
    property.readUInt16BE(0) === EXPERIMENTER &&
    property.readUInt32BE(4) === INTEL &&
    property.readUInt32BE(8) === NAMED;
  if (!isNamed) return [];
  const counters: [string, number][] = [];
  let at = PROPERTY_HEAD_BYTES;
  for (let left = property.readUInt16BE(14); left > 0; left--) {
    const length = property[at] ?? 0;
    if (at + 1 + length + 8 > property.length) throw new OpenFlowFormatError("a port's counter is cut short");
    const name = property.toString("latin1", at + 1, at + 1 + length);
    counters.push([name, Number(property.readBigUInt64BE(at + 1 + length))]);
    at += 1 + length + 8;
  }
  return counters;
}
