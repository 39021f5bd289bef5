import { OpenFlowFormatError, padded } from "./wire.ts";

/** What a flow looks at. A field that is not given matches everything. */
export interface Match {
  /** OpenFlow number of the port that the packet came in by. */
  readonly inPort?: number | undefined;
  /** Frames whose source address is a unicast one, which those of every sane sender are. */
  readonly unicastSource?: boolean | undefined;
}

/** One match field: how it is known on the wire (1.3.1, 7.2.3.7, ofb_match_fields) and how its value is put there. */
interface MatchField {
  readonly oxmField: number;
  /** Whether a mask of the same length follows the value. */
  readonly masked: boolean;
  /** Value, and mask where there is one, as they are on the wire; undefined if the match does not look at the field. */
  readonly encode: (match: Match) => Buffer | undefined;
  /** The part of a match that says this; undefined if none does. */
  readonly decode: (value: Buffer) => Match | undefined;
}

/** Any address that has a 0 where groups have a 1, in the lowest bit of the first byte: value and mask. */
const UNICAST = Buffer.from("000000000000010000000000", "hex");

/** The fields that are supported; one more is one more entry here and in {@link Match}. */
const FIELDS: readonly MatchField[] = [
  {
    oxmField: 0,
    masked: false,
    encode: ({ inPort }) => (inPort === undefined ? undefined : u32(inPort)),
    decode: (value) => (value.length === 4 ? { inPort: value.readUInt32BE(0) } : undefined),
  },
  {
    oxmField: 4,
    masked: true,
    encode: ({ unicastSource }) => (unicastSource === true ? UNICAST : undefined),
    decode: (value) => (value.equals(UNICAST) ? { unicastSource: true } : undefined),
  },
];

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}

const OPENFLOW_BASIC = 0x8000;
const OXM_MATCH = 1;
const HEAD_BYTES = 4;

/** The match as ofp_match with OXM fields, padded to 8 bytes (1.3.1, 7.2.3). */
export function encodeMatch(match: Match): Buffer {
  const fields = FIELDS.flatMap(({ oxmField, masked, encode }) => {
    const value = encode(match);
    if (value === undefined) return [];
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt16BE(OPENFLOW_BASIC, 0);
    head.writeUInt8((oxmField << 1) | Number(masked), 2);
    head.writeUInt8(value.length, 3);
    return [head, value];
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
  let match: Match = {};
  let unknownFields = 0;
  let at = HEAD_BYTES;
  while (at + HEAD_BYTES <= length) {
    const field = bytes.readUInt8(at + 2) >> 1;
    const masked = (bytes.readUInt8(at + 2) & 1) === 1;
    const size = bytes.readUInt8(at + 3);
    const known = FIELDS.find((one) => one.oxmField === field && one.masked === masked);
    const value = bytes.subarray(at + HEAD_BYTES, at + HEAD_BYTES + size);
    const part = bytes.readUInt16BE(at) === OPENFLOW_BASIC ? known?.decode(value) : undefined;
    if (part === undefined) unknownFields++;
    else match = { ...match, ...part };
    at += HEAD_BYTES + size;
  }
  return { match, unknownFields, size: padded(length) };
}
