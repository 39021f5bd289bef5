/** OpenFlow 1.3 on the wire (ONF TS-006, "OpenFlow Switch Specification 1.3.1"): headers, framing, numbers. */
export const OPENFLOW_VERSION = 0x04;
/** OpenFlow 1.4, whose port statistics have room for counters by name. */
export const OPENFLOW_1_4 = 0x05;

/** Message types used here (1.3.1, 7.1, ofp_type). */
export const MESSAGE = {
  hello: 0,
  error: 1,
  echoRequest: 2,
  echoReply: 3,
  flowMod: 14,
  multipartRequest: 18,
  multipartReply: 19,
  barrierRequest: 20,
  barrierReply: 21,
  meterMod: 29,
} as const;

/** Size of every message's header: version, type, length, transaction id. */
export const HEADER_BYTES = 8;

/** "Any port" and "any group" where a port or group narrows a request (OFPP_ANY, OFPG_ANY). */
export const ANY = 0xffff_ffff;

/** A message as it arrived. */
export interface Message {
  readonly version: number;
  readonly type: number;
  readonly xid: number;
  readonly body: Buffer;
}

/** Thrown when bytes from the switch are not OpenFlow 1.3. */
export class OpenFlowFormatError extends Error {
  override readonly name = "OpenFlowFormatError";
}

/** A whole message: header and body. */
export function encodeMessage(
  type: number,
  xid: number,
  body: Uint8Array = new Uint8Array(),
  version: number = OPENFLOW_VERSION,
): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(version, 0);
  header.writeUInt8(type, 1);
  header.writeUInt16BE(HEADER_BYTES + body.length, 2);
  header.writeUInt32BE(xid, 4);
  return Buffer.concat([header, body]);
}

/** Our hello: it offers one version, 1.3 unless told, and no other (1.3.1, 7.5.1, a version bitmap). */
export function encodeHello(xid: number, version: number = OPENFLOW_VERSION): Buffer {
  const bitmap = Buffer.alloc(8);
  bitmap.writeUInt16BE(1, 0);
  bitmap.writeUInt16BE(8, 2);
  bitmap.writeUInt32BE(1 << version, 4);
  return encodeMessage(MESSAGE.hello, xid, bitmap, version);
}

/** Cuts a byte stream, in any fragments, into messages. */
export class MessageSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The messages that `chunk` completes, in order. Throws {@link OpenFlowFormatError} on an impossible length. */
  push(chunk: Uint8Array): readonly Message[] {
    let bytes = Buffer.concat([this.#rest, chunk]);
    const messages: Message[] = [];
    while (bytes.length >= HEADER_BYTES) {
      const length = bytes.readUInt16BE(2);
      if (length < HEADER_BYTES) throw new OpenFlowFormatError(`a message claims to be ${length} bytes long`);
      if (bytes.length < length) break;
      messages.push({
        version: bytes.readUInt8(0),
        type: bytes.readUInt8(1),
        xid: bytes.readUInt32BE(4),
        body: bytes.subarray(HEADER_BYTES, length),
      });
      bytes = bytes.subarray(length);
    }
    this.#rest = bytes;
    return messages;
  }
}

/** `size` rounded up to the 8 bytes to which OpenFlow aligns its structures. */
export function padded(size: number): number {
  return Math.ceil(size / 8) * 8;
}

/** A 64-bit counter as a number, or `undefined` for all ones, by which a switch says that it does not keep it. Exact up to 2^53. */
export function readCounter(bytes: Buffer, offset: number): number | undefined {
  const value = bytes.readBigUInt64BE(offset);
  return value === 0xffff_ffff_ffff_ffffn ? undefined : Number(value);
}
