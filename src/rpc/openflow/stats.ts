import { type CookieFilter, decodeMeter, decodeOutputs, type Flow } from "./flow-mod.ts";
import { decodeMatch, encodeMatch } from "./match.ts";
import { ANY, OpenFlowFormatError, readCounter } from "./wire.ts";

/** Multipart types used here (1.3.1, 7.3.5, ofp_multipart_type). */
export const MULTIPART = { flow: 1, portStats: 4, meterStats: 9, meterConfig: 10 } as const;

/** A flow as it is installed, with what it has done. OVS brings these counts up to date about twice a second, not at once. */
export interface FlowStats extends Flow {
  readonly table: number;
  /** Fields it matches on besides those in `match`. */
  readonly unknownMatchFields: number;
  readonly packets: number | undefined;
  readonly bytes: number | undefined;
  /** Age of the flow. */
  readonly durationMs: number;
}

/**
 * Counters of a port, live. `undefined` is a count that the switch does not keep: all of them for a vhost port without a peer,
 * errors for any vhost port. On vhost ports `txDropped` is what the peer's full ring made OVS drop.
 */
export interface PortStats {
  readonly port: number;
  readonly rxPackets: number | undefined;
  readonly txPackets: number | undefined;
  readonly rxBytes: number | undefined;
  readonly txBytes: number | undefined;
  readonly rxDropped: number | undefined;
  readonly txDropped: number | undefined;
  readonly rxErrors: number | undefined;
  readonly txErrors: number | undefined;
  /** Time since the port was added. */
  readonly durationMs: number;
}

/** Body of a multipart request: type, flags, padding, then what the type asks for (1.3.1, 7.3.5). */
export function encodeMultipart(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(type, 0);
  return Buffer.concat([head, body]);
}

/** Splits a multipart reply's body into its type, whether more follow, and the data. */
export function decodeMultipart(body: Buffer): {
  readonly type: number;
  readonly more: boolean;
  readonly data: Buffer;
} {
  if (body.length < 8) throw new OpenFlowFormatError("a multipart reply is cut short");
  return { type: body.readUInt16BE(0), more: (body.readUInt16BE(2) & 1) === 1, data: body.subarray(8) };
}

/** Asks for the flows of all tables that the filter selects (ofp_flow_stats_request). */
export function encodeFlowStatsRequest({ cookie, mask }: CookieFilter): Buffer {
  const head = Buffer.alloc(32);
  head.writeUInt8(0xff, 0);
  head.writeUInt32BE(ANY, 4);
  head.writeUInt32BE(ANY, 8);
  head.writeBigUInt64BE(cookie, 16);
  head.writeBigUInt64BE(mask, 24);
  return Buffer.concat([head, encodeMatch({})]);
}

/** Decodes the flows of one reply (ofp_flow_stats). */
export function decodeFlowStats(data: Buffer): readonly FlowStats[] {
  const flows: FlowStats[] = [];
  for (let at = 0; at < data.length; ) {
    const length = at + 2 <= data.length ? data.readUInt16BE(at) : 0;
    if (length < 56 || at + length > data.length) throw new OpenFlowFormatError("a flow entry is cut short");
    const entry = data.subarray(at, at + length);
    const { match, unknownFields, size } = decodeMatch(entry.subarray(48));
    flows.push({
      table: entry.readUInt8(2),
      durationMs: durationMs(entry, 4),
      priority: entry.readUInt16BE(12),
      cookie: entry.readBigUInt64BE(24),
      packets: readCounter(entry, 32),
      bytes: readCounter(entry, 40),
      match,
      unknownMatchFields: unknownFields,
      outputs: decodeOutputs(entry.subarray(48 + size)),
      meter: decodeMeter(entry.subarray(48 + size)),
    });
    at += length;
  }
  return flows;
}

/** Asks for the counters of one port, or of all (ofp_port_stats_request). */
export function encodePortStatsRequest(port: number | undefined): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt32BE(port ?? ANY, 0);
  return body;
}

const PORT_STATS_BYTES = 112;

/** Decodes the ports of one reply (ofp_port_stats). */
export function decodePortStats(data: Buffer): readonly PortStats[] {
  if (data.length % PORT_STATS_BYTES !== 0) throw new OpenFlowFormatError("a port entry is cut short");
  return Array.from({ length: data.length / PORT_STATS_BYTES }, (_, i) => {
    const entry = data.subarray(i * PORT_STATS_BYTES, (i + 1) * PORT_STATS_BYTES);
    return {
      port: entry.readUInt32BE(0),
      rxPackets: readCounter(entry, 8),
      txPackets: readCounter(entry, 16),
      rxBytes: readCounter(entry, 24),
      txBytes: readCounter(entry, 32),
      rxDropped: readCounter(entry, 40),
      txDropped: readCounter(entry, 48),
      rxErrors: readCounter(entry, 56),
      txErrors: readCounter(entry, 64),
      durationMs: durationMs(entry, 104),
    };
  });
}

/** Seconds and nanoseconds, each a u32, as milliseconds. */
function durationMs(bytes: Buffer, offset: number): number {
  return bytes.readUInt32BE(offset) * 1000 + bytes.readUInt32BE(offset + 4) / 1e6;
}
