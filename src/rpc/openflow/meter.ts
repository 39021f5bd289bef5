import { OpenFlowFormatError, readCounter } from "./wire.ts";

/** A meter that drops what goes beyond its rate. */
export interface Meter {
  readonly id: number;
  /** kbit/s of frames without their FCS. */
  readonly rateKbps: number;
  /** kbit that pass at once after a pause. */
  readonly burstKb: number;
}

/** What a meter has done. */
export interface MeterStats {
  readonly id: number;
  readonly packets: number | undefined;
  readonly droppedPackets: number | undefined;
}

/** What to do with a meter (1.3.1, 7.3.4.5, ofp_meter_mod_command). */
export const METER_COMMAND = { add: 0, modify: 1, delete: 2 } as const;

const KBPS = 1;
const BURST = 4;
const DROP = 1;
const BAND_BYTES = 16;
const ALL_METERS = 0xffff_ffff;

/** Body of OFPT_METER_MOD. */
export function encodeMeterMod(command: number, meter: Meter): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(command, 0);
  head.writeUInt16BE(KBPS | BURST, 2);
  head.writeUInt32BE(meter.id, 4);
  if (command === METER_COMMAND.delete) return head;
  const band = Buffer.alloc(BAND_BYTES);
  band.writeUInt16BE(DROP, 0);
  band.writeUInt16BE(BAND_BYTES, 2);
  band.writeUInt32BE(meter.rateKbps, 4);
  band.writeUInt32BE(meter.burstKb, 8);
  return Buffer.concat([head, band]);
}

/** Asks for all meters: their configuration, or what they have done (ofp_meter_multipart_request). */
export function encodeMetersRequest(): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt32BE(ALL_METERS, 0);
  return body;
}

/** Decodes the meters of one reply (ofp_meter_config); one that is not ours has a rate of 0, which makes it differ from any. */
export function decodeMeters(data: Buffer): readonly Meter[] {
  return entriesOf(data, 0, 8).map((entry) => {
    const isOurs =
      entry.length === 8 + BAND_BYTES && entry.readUInt16BE(2) === (KBPS | BURST) && entry.readUInt16BE(8) === DROP;
    return {
      id: entry.readUInt32BE(4),
      rateKbps: isOurs ? entry.readUInt32BE(12) : 0,
      burstKb: isOurs ? entry.readUInt32BE(16) : 0,
    };
  });
}

/** Decodes the statistics of one reply (ofp_meter_stats). */
export function decodeMeterStats(data: Buffer): readonly MeterStats[] {
  return entriesOf(data, 4, 40).map((entry) => ({
    id: entry.readUInt32BE(0),
    packets: readCounter(entry, 16),
    droppedPackets: entry.length >= 40 + BAND_BYTES ? readCounter(entry, 40) : 0,
  }));
}

/** Cuts a list of structures that have their length, a u16, at this offset. */
function entriesOf(data: Buffer, lengthAt: number, least: number): readonly Buffer[] {
  const entries: Buffer[] = [];
  for (let at = 0; at < data.length; ) {
    const length = at + lengthAt + 2 <= data.length ? data.readUInt16BE(at + lengthAt) : 0;
    if (length < least || at + length > data.length) throw new OpenFlowFormatError("a meter entry is cut short");
    entries.push(data.subarray(at, at + length));
    at += length;
  }
  return entries;
}
