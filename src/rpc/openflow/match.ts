import { OpenFlowFormatError, padded } from "./wire.ts";

/** What a flow looks at. A field that is not given matches everything. */
export interface Match {
  /** OpenFlow number of the port that the packet came in by. */
  readonly inPort?: number | undefined;
}

/** One match field: how it is known on the wire (1.3.1, 7.2.3.7, ofb_match_fields) and how its value is put there. */
interface MatchField {
  readonly name: keyof Match;
  readonly oxmField: number;
  readonly bytes: number;
}

/** The fields that are supported; one more is one more line here and in {@link Match}. */
const FIELDS: readonly MatchField[] = [{ name: "inPort", oxmField: 0, bytes: 4 }];

const OPENFLOW_BASIC = 0x8000;
const OXM_MATCH = 1;
const HEAD_BYTES = 4;

/** The match as ofp_match with OXM fields, padded to 8 bytes (1.3.1, 7.2.3). */
export function encodeMatch(match: Match): Buffer {
  const fields = FIELDS.flatMap(({ name, oxmField, bytes }) => {
    const value = match[name];
    if (value === undefined) return [];
    const tlv = Buffer.alloc(HEAD_BYTES + bytes);
    tlv.writeUInt16BE(OPENFLOW_BASIC, 0);
    tlv.writeUInt8(oxmField << 1, 2);
    tlv.writeUInt8(bytes, 3);
    tlv.writeUIntBE(value, HEAD_BYTES, bytes);
    return [tlv];
  });
  const length = HEAD_BYTES + fields.reduce((sum, field) => sum + field.length, 0);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt16BE(OXM_MATCH, 0);
  head.writeUInt16BE(length, 2);
  return Buffer.concat([head, ...fields], padded(length));
}

/**
 * Reads an ofp_match at the start of `bytes`. `size` is what it takes with its padding; `unknownFields` counts fields that
 * {@link Match} has no name for (flows that someone else put there).
 */
export function decodeMatch(bytes: Buffer): {
  readonly match: Match;
  readonly unknownFields: number;
  readonly size: number;
} {
  const length = bytes.readUInt16BE(2);
  if (bytes.readUInt16BE(0) !== OXM_MATCH || length < HEAD_BYTES || length > bytes.length) {
    throw new OpenFlowFormatError("a flow's match is not in OXM form");
  }
  const match: { -readonly [K in keyof Match]: Match[K] } = {};
  let unknownFields = 0;
  let at = HEAD_BYTES;
  while (at + HEAD_BYTES <= length) {
    const field = bytes.readUInt8(at + 2) >> 1;
    const masked = (bytes.readUInt8(at + 2) & 1) === 1;
    const size = bytes.readUInt8(at + 3);
    const known = FIELDS.find(({ oxmField, bytes }) => oxmField === field && bytes === size);
    if (known === undefined || masked || bytes.readUInt16BE(at) !== OPENFLOW_BASIC) unknownFields++;
    else match[known.name] = bytes.readUIntBE(at + HEAD_BYTES, size);
    at += HEAD_BYTES + size;
  }
  return { match, unknownFields, size: padded(length) };
}
