import type { Duplex } from "node:stream";
import type { CallOptions } from "../call-options.ts";
import { Connection } from "../connection.ts";
import { RpcError } from "../rpc-error.ts";
import { type CookieFilter, encodeFlowAdd, encodeFlowDelete, type Flow } from "./flow-mod.ts";
import {
  decodeMeterStats,
  decodeMeters,
  encodeMeterMod,
  encodeMetersRequest,
  METER_COMMAND,
  type Meter,
  type MeterStats,
} from "./meter.ts";
import { decodeNamedCounters, type NamedCounters } from "./named-counters.ts";
import { OpenFlowError } from "./openflow-error.ts";
import {
  decodeFlowStats,
  decodeMultipart,
  decodePortStats,
  encodeFlowStatsRequest,
  encodeMultipart,
  encodePortStatsRequest,
  type FlowStats,
  MULTIPART,
  type PortStats,
} from "./stats.ts";
import {
  encodeHello,
  encodeMessage,
  MESSAGE,
  type Message,
  MessageSplitter,
  type OPENFLOW_1_4,
  OPENFLOW_VERSION,
  OpenFlowFormatError,
} from "./wire.ts";

/** A message that changes flows or meters, with what it does in words. */
interface FlowMod {
  readonly what: string;
  /** OFPT_FLOW_MOD unless told. */
  readonly type?: number;
  readonly body: Buffer;
}

/** Selects every flow. */
export const ALL_FLOWS: CookieFilter = { cookie: 0n, mask: 0n };

/**
 * A small OpenFlow 1.3 client for a bridge's management socket, `$OVS_RUNDIR/<bridge>.mgmt`: flows and live counters without
 * starting a process. It owns the stream. Methods reject with OpenFlowError when the switch refuses, with RpcError otherwise.
 */
export class OpenFlowClient implements AsyncDisposable {
  readonly #connection: Connection;
  /** 1.3 unless told: flows and meters are written in its terms. */
  readonly #version: number;
  /** Multipart replies that are not complete yet, by transaction id. */
  readonly #parts = new Map<number, Buffer[]>();
  /** Flow mods whose barrier has not been answered yet, and the refusals among them, by transaction id. */
  readonly #mods = new Map<number, FlowMod>();
  readonly #refusals = new Map<number, OpenFlowError>();

  constructor(stream: Duplex, options: { readonly peer: string; readonly version?: typeof OPENFLOW_1_4 }) {
    this.#version = options.version ?? OPENFLOW_VERSION;
    const splitter = new MessageSplitter();
    const onData = (chunk: Uint8Array) => {
      for (const message of splitter.push(chunk)) this.#dispatch(message);
    };
    this.#connection = new Connection(stream, { peer: options.peer, onData });
    // Both sides send hello at once. Requests need not wait for the switch's: OVS reads them after it has agreed on the version.
    this.#connection.write(encodeHello(0, this.#version));
  }

  /** The name of the other end. */
  get peer(): string {
    return this.#connection.peer;
  }

  /** How many requests wait for an answer. */
  get pendingCalls(): number {
    return this.#connection.calls.size;
  }

  /** Installs flows and waits until the switch has them (a barrier). Rejects with the first refusal; the others are installed. */
  async addFlows(flows: readonly Flow[], options?: CallOptions): Promise<void> {
    await this.#modify(
      flows.map((flow) => ({ what: `add flow ${describe(flow)}`, body: encodeFlowAdd(flow) })),
      options,
    );
  }

  /** Deletes the selected flows from all tables and waits until they are gone. */
  async deleteFlows(filter: CookieFilter, options?: CallOptions): Promise<void> {
    const what = `delete flows with cookie 0x${filter.cookie.toString(16)}/0x${filter.mask.toString(16)}`;
    await this.#modify([{ what, body: encodeFlowDelete(filter) }], options);
  }

  /** Makes these meters, or gives those that are there these rates, without a packet's harm; waits until the switch has them. */
  async setMeters(meters: readonly Meter[], options?: CallOptions): Promise<void> {
    if (meters.length === 0) return;
    const known = new Set((await this.meters(options)).map(({ id }) => id));
    await this.#modify(
      meters.map((meter) => ({
        what: `set meter ${meter.id} to ${meter.rateKbps} kbit/s`,
        type: MESSAGE.meterMod,
        body: encodeMeterMod(known.has(meter.id) ? METER_COMMAND.modify : METER_COMMAND.add, meter),
      })),
      options,
    );
  }

  /** Deletes meters, and with them the flows that name them. */
  async deleteMeters(ids: readonly number[], options?: CallOptions): Promise<void> {
    if (ids.length === 0) return;
    await this.#modify(
      ids.map((id) => ({
        what: `delete meter ${id}`,
        type: MESSAGE.meterMod,
        body: encodeMeterMod(METER_COMMAND.delete, { id, rateKbps: 0, burstKb: 0 }),
      })),
      options,
    );
  }

  /** All meters as they are set. */
  async meters(options?: CallOptions): Promise<readonly Meter[]> {
    return this.#multipart(
      "read meters",
      encodeMultipart(MULTIPART.meterConfig, encodeMetersRequest()),
      decodeMeters,
      options,
    );
  }

  /** What all meters have done, live. */
  async meterStats(options?: CallOptions): Promise<readonly MeterStats[]> {
    const request = encodeMultipart(MULTIPART.meterStats, encodeMetersRequest());
    return this.#multipart("read meter statistics", request, decodeMeterStats, options);
  }

  /** The selected flows of all tables, in no particular order. */
  async flowStats(filter: CookieFilter = ALL_FLOWS, options?: CallOptions): Promise<readonly FlowStats[]> {
    const request = encodeMultipart(MULTIPART.flow, encodeFlowStatsRequest(filter));
    return this.#multipart("read flow statistics", request, decodeFlowStats, options);
  }

  /** Live counters of one port by its OpenFlow number, or of all. A port that the datapath could not set up is not among them. */
  async portStats(port?: number, options?: CallOptions): Promise<readonly PortStats[]> {
    const request = encodeMultipart(MULTIPART.portStats, encodePortStatsRequest(port));
    return this.#multipart("read port statistics", request, decodePortStats, options);
  }

  /** What OVS counts by name at all ports, live: only over a connection of version 1.4. */
  async namedCounters(options?: CallOptions): Promise<readonly NamedCounters[]> {
    const request = encodeMultipart(MULTIPART.portStats, encodePortStatsRequest(undefined));
    return this.#multipart("read named counters of ports", request, decodeNamedCounters, options);
  }

  /** Resolves once the switch has processed everything sent before. */
  async barrier(options?: CallOptions): Promise<void> {
    await this.#request("barrier", MESSAGE.barrierRequest, Buffer.alloc(0), options);
  }

  /** Calls the listener once when the connection ends, at once if it has; the returned function removes it. */
  onClose(listener: (reason: RpcError) => void): () => void {
    return this.#connection.onClose(listener);
  }

  /** Closes the connection, failing whatever still waits; safe to call twice. Resolves once the stream is closed. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #request(method: string, type: number, body: Buffer, options?: CallOptions): Promise<unknown> {
    return this.#connection.request(method, (xid) => encodeMessage(type, xid, body, this.#version), options);
  }

  /** A flow mod has no answer but an error, so the barrier behind them is what says that those without one succeeded. */
  async #modify(mods: readonly FlowMod[], options?: CallOptions): Promise<void> {
    if (options?.signal?.aborted) return this.barrier(options);
    const ids = mods.map((mod) => {
      const xid = this.#connection.calls.reserve();
      this.#mods.set(xid, mod);
      this.#connection.write(encodeMessage(mod.type ?? MESSAGE.flowMod, xid, mod.body));
      return xid;
    });
    try {
      await this.barrier(options);
      const refusal = ids.map((xid) => this.#refusals.get(xid)).find((error) => error !== undefined);
      if (refusal !== undefined) throw refusal;
    } finally {
      for (const xid of ids) {
        this.#mods.delete(xid);
        this.#refusals.delete(xid);
      }
    }
  }

  async #multipart<T>(
    method: string,
    request: Buffer,
    decode: (data: Buffer) => readonly T[],
    options?: CallOptions,
  ): Promise<readonly T[]> {
    const parts = (await this.#request(method, MESSAGE.multipartRequest, request, options)) as readonly Buffer[];
    try {
      return parts.flatMap(decode);
    } catch (cause) {
      const detail = `cannot read the answer: ${(cause as Error).message}`;
      throw new RpcError({ kind: "protocol", method, peer: this.peer, detail, cause });
    }
  }

  #dispatch({ version, type, xid, body }: Message): void {
    if (this.#connection.ended) return;
    // A hello carries the sender's highest version, which may be above ours; everything after it is in the version agreed on.
    if (type !== MESSAGE.hello && version !== this.#version) {
      throw new OpenFlowFormatError(`a message is of OpenFlow wire version ${version}, not ${this.#version}`);
    }
    if (type === MESSAGE.echoRequest)
      this.#connection.write(encodeMessage(MESSAGE.echoReply, xid, body, this.#version));
    else if (type === MESSAGE.error) this.#refused(xid, body);
    else if (type === MESSAGE.multipartReply) this.#collect(xid, body);
    else if (type === MESSAGE.barrierReply) this.#connection.calls.settle(xid, undefined);
    // Anything else is what a switch may send unasked (port status, packet-in), which nothing here wants.
  }

  #collect(xid: number, body: Buffer): void {
    const { more, data } = decodeMultipart(body);
    // Parts for a caller who gave up are not kept.
    if (this.#connection.calls.methodOf(xid) === undefined) {
      this.#parts.delete(xid);
      return;
    }
    const parts = this.#parts.get(xid) ?? [];
    parts.push(data);
    this.#parts.set(xid, parts);
    if (more) return;
    this.#parts.delete(xid);
    this.#connection.calls.settle(xid, parts);
  }

  #refused(xid: number, body: Buffer): void {
    if (body.length < 4) throw new OpenFlowFormatError("an error message is cut short");
    const { calls, peer } = this.#connection;
    const mod = this.#mods.get(xid);
    const request = mod?.what ?? calls.methodOf(xid);
    const code = { type: body.readUInt16BE(0), code: body.readUInt16BE(2) };
    this.#parts.delete(xid);
    if (request === undefined) {
      // The version could not be agreed on: the error has our hello's id, and the switch will hang up.
      if (code.type === 0) throw new OpenFlowError({ request: "speak OpenFlow 1.3", peer, ...code });
      return;
    }
    const error = new OpenFlowError({ request, peer, ...code });
    if (mod === undefined) calls.fail(xid, error);
    else this.#refusals.set(xid, error);
  }
}

function describe({ match, priority }: Flow): string {
  return `priority=${priority}${match.inPort === undefined ? "" : `,in_port=${match.inPort}`}`;
}
