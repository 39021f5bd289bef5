import { encodeMatch, type Match } from "./match.ts";
import { ANY } from "./wire.ts";

/** A flow to be installed: packets that match leave by every port of `outputs`; with none they are dropped. */
export interface Flow {
  /** Marks whose flow it is, so that {@link CookieFilter} finds it again. */
  readonly cookie: bigint;
  /** Of the flows that match a packet the one with the highest priority acts; 0 to 65535. */
  readonly priority: number;
  readonly match: Match;
  /** OpenFlow port numbers. */
  readonly outputs: readonly number[];
  /** Meter that packets pass before their outputs; none if not given. */
  readonly meter?: number | undefined;
  /** Flow table; 0, where packets start, unless told. */
  readonly table?: number | undefined;
}

/** Selects flows whose cookie equals `cookie` in the bits set in `mask`; a mask of 0 selects all. */
export interface CookieFilter {
  readonly cookie: bigint;
  readonly mask: bigint;
}

const ADD = 0;
const DELETE = 3;
const ALL_TABLES = 0xff;
const NO_BUFFER = 0xffff_ffff;
const APPLY_ACTIONS = 4;
const METER = 6;
const OUTPUT = 0;
const OUTPUT_BYTES = 16;

/** Body of OFPT_FLOW_MOD that adds a flow, replacing one with the same table, match and priority (1.3.1, 7.3.4.1). */
export function encodeFlowAdd(flow: Flow): Buffer {
  const head = encodeHead({
    command: ADD,
    cookie: flow.cookie,
    mask: 0n,
    table: flow.table ?? 0,
    priority: flow.priority,
  });
  return Buffer.concat([head, encodeMatch(flow.match), encodeMeter(flow.meter), encodeApplyOutputs(flow.outputs)]);
}

/** Body of OFPT_FLOW_MOD that deletes the selected flows from all tables; deleting none is no error. */
export function encodeFlowDelete({ cookie, mask }: CookieFilter): Buffer {
  const head = encodeHead({ command: DELETE, cookie, mask, table: ALL_TABLES, priority: 0 });
  return Buffer.concat([head, encodeMatch({})]);
}

function encodeHead(mod: { command: number; cookie: bigint; mask: bigint; table: number; priority: number }): Buffer {
  const head = Buffer.alloc(40);
  head.writeBigUInt64BE(mod.cookie, 0);
  head.writeBigUInt64BE(mod.mask, 8);
  head.writeUInt8(mod.table, 16);
  head.writeUInt8(mod.command, 17);
  // 18 and 20: idle and hard timeouts, 0 for never.
  head.writeUInt16BE(mod.priority, 22);
  head.writeUInt32BE(NO_BUFFER, 24);
  head.writeUInt32BE(ANY, 28);
  head.writeUInt32BE(ANY, 32);
  return head;
}

/** A "meter" instruction, which OVS carries out before all others (1.3.1, 5.9). */
function encodeMeter(meter: number | undefined): Buffer {
  if (meter === undefined) return Buffer.alloc(0);
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16BE(METER, 0);
  bytes.writeUInt16BE(8, 2);
  bytes.writeUInt32BE(meter, 4);
  return bytes;
}

/** One "apply actions" instruction with an output action for each port (1.3.1, 7.2.4, 7.2.5). */
function encodeApplyOutputs(ports: readonly number[]): Buffer {
  if (ports.length === 0) return Buffer.alloc(0);
  const bytes = Buffer.alloc(8 + OUTPUT_BYTES * ports.length);
  bytes.writeUInt16BE(APPLY_ACTIONS, 0);
  bytes.writeUInt16BE(bytes.length, 2);
  ports.forEach((port, i) => {
    const at = 8 + OUTPUT_BYTES * i;
    bytes.writeUInt16BE(OUTPUT, at);
    bytes.writeUInt16BE(OUTPUT_BYTES, at + 2);
    bytes.writeUInt32BE(port, at + 4);
  });
  return bytes;
}

/** The ports that the "apply actions" instructions in `bytes` send to; other instructions and actions are skipped. */
export function decodeOutputs(bytes: Buffer): readonly number[] {
  return structures(bytes)
    .filter((instruction) => instruction.readUInt16BE(0) === APPLY_ACTIONS)
    .flatMap((instruction) => structures(instruction.subarray(8)))
    .filter((action) => action.readUInt16BE(0) === OUTPUT && action.length === OUTPUT_BYTES)
    .map((action) => action.readUInt32BE(4));
}

/** The meter that the instructions in `bytes` name, if any. */
export function decodeMeter(bytes: Buffer): number | undefined {
  return structures(bytes)
    .find((instruction) => instruction.readUInt16BE(0) === METER && instruction.length === 8)
    ?.readUInt32BE(4);
}

/** Cuts a list of structures that start with type and length, each a u16. */
function structures(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2);
    if (length < 4 || at + length > bytes.length) break;
    found.push(bytes.subarray(at, at + length));
    at += length;
  }
  return found;
}
