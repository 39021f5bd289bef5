import { type Duplex, duplexPair } from "node:stream";
import { describe, expect, it } from "vitest";
import { OpenFlowClient } from "../../../../src/rpc/openflow/openflow-client.ts";
import { OpenFlowError } from "../../../../src/rpc/openflow/openflow-error.ts";
import { encodeMessage, MESSAGE, type Message, MessageSplitter } from "../../../../src/rpc/openflow/wire.ts";
import { rejection, settled } from "../fake-peer.ts";
import { BAD_PORT_ERROR, HELLO, PORT_STATS } from "./captured.ts";

/** A switch that greets as OVS does and answers each message with what `respond` makes of it. */
function fakeSwitch(respond: (message: Message) => readonly Buffer[] = () => []) {
  const [stream, own] = duplexPair();
  const received: Message[] = [];
  const splitter = new MessageSplitter();
  own.on("data", (chunk: Buffer) => {
    for (const message of splitter.push(chunk)) {
      received.push(message);
      const answers = respond(message);
      if (answers.length > 0) own.write(Buffer.concat(answers));
    }
  });
  own.write(Buffer.from(HELLO, "hex"));
  return { client: new OpenFlowClient(stream, { peer: "br0" }), received, own: own as Duplex, stream };
}

const error = (xid: number, type: number, code: number) =>
  encodeMessage(MESSAGE.error, xid, Buffer.from([0, type, 0, code]));
const barrier = ({ type, xid }: Message) =>
  type === MESSAGE.barrierRequest ? [encodeMessage(MESSAGE.barrierReply, xid)] : [];
const flow = (inPort: number) => ({ cookie: 1n, priority: 10, match: { inPort }, outputs: [2] });
const withXid = (hex: string, xid: number) => {
  const bytes = Buffer.from(hex, "hex");
  bytes.writeUInt32BE(xid, 4);
  return bytes;
};

describe("OpenFlowClient", () => {
  it("greets with version 1.3 and adds flows behind one barrier", async () => {
    const { client, received } = fakeSwitch(barrier);
    await client.addFlows([flow(1), flow(2)]);
    expect(received.map(({ version, type }) => [version, type])).toEqual([
      [4, MESSAGE.hello],
      [4, MESSAGE.flowMod],
      [4, MESSAGE.flowMod],
      [4, MESSAGE.barrierRequest],
    ]);
    expect(client.pendingCalls).toBe(0);
  });

  it("adds many flows without a warning about listeners", async () => {
    const warnings: unknown[] = [];
    const onWarning = (warning: unknown) => warnings.push(warning);
    process.on("warning", onWarning);
    const { client } = fakeSwitch(barrier);
    const { signal } = new AbortController();
    await client.addFlows(
      Array.from({ length: 100 }, (_, i) => flow(i + 1)),
      { signal },
    );
    await settled();
    process.off("warning", onWarning);
    expect(warnings).toEqual([]);
  });

  it("names the flow that the switch refuses", async () => {
    const { client } = fakeSwitch((message) =>
      message.type === MESSAGE.flowMod && message.body.readUInt32BE(48) === 7
        ? [withXid(BAD_PORT_ERROR.slice(0, 200), message.xid)]
        : barrier(message),
    );
    const refusal = await rejection(client.addFlows([flow(1), flow(7), flow(3)]));
    expect(refusal).toBeInstanceOf(OpenFlowError);
    expect(refusal).toMatchObject({ type: 2, code: 4 });
    expect(refusal.message).toBe("br0 refused to add flow priority=10,in_port=7: bad action: bad output port");
    expect(client.pendingCalls).toBe(0);
  });

  it("puts a multipart answer together from its parts", async () => {
    const { client } = fakeSwitch(({ type, xid }) => {
      if (type !== MESSAGE.multipartRequest) return [];
      const more = withXid(PORT_STATS, xid);
      more.writeUInt16BE(1, 10);
      return [more, withXid(PORT_STATS, xid)];
    });
    expect((await client.portStats()).map(({ port }) => port)).toEqual([0xffff_fffe, 1, 2, 0xffff_fffe, 1, 2]);
  });

  it("answers the switch's echo with the same bytes and ignores what it did not ask for", async () => {
    const { client, own, received } = fakeSwitch(barrier);
    const portStatus = 12;
    own.write(encodeMessage(portStatus, 0, Buffer.alloc(72)));
    own.write(encodeMessage(MESSAGE.echoRequest, 77, Buffer.from("ping")));
    await client.barrier();
    const echo = received.find(({ type }) => type === MESSAGE.echoReply);
    expect(echo).toMatchObject({ xid: 77 });
    expect(echo?.body.toString()).toBe("ping");
  });

  it("times out and aborts without leaving anything behind", async () => {
    const { client } = fakeSwitch();
    expect(await rejection(client.addFlows([flow(1)], { timeoutMs: 5 }))).toMatchObject({ kind: "timeout" });
    expect(await rejection(client.portStats(1, { timeoutMs: 5 }))).toMatchObject({ kind: "timeout", peer: "br0" });
    const aborted = client.flowStats(undefined, { signal: AbortSignal.timeout(1) });
    expect(await rejection(aborted)).toMatchObject({ kind: "aborted" });
    expect(client.pendingCalls).toBe(0);
  });

  it("fails what waits when the switch hangs up, speaks another version, or sends garbage", async () => {
    const gone = fakeSwitch();
    const lost = rejection(gone.client.barrier());
    await settled();
    gone.own.end();
    expect(await lost).toMatchObject({ kind: "closed", method: "barrier" });

    const other = fakeSwitch(({ type }) => (type === MESSAGE.hello ? [error(0, 0, 0)] : []));
    const refused = await rejection(other.client.barrier());
    expect(refused).toMatchObject({ kind: "protocol" });
    expect(refused.message).toContain("hello failed: incompatible version");

    const garbage = fakeSwitch();
    const nonsense = rejection(garbage.client.barrier());
    garbage.own.write(Buffer.from("0115000800000001", "hex"));
    expect(await nonsense).toMatchObject({ kind: "protocol" });
    expect(garbage.stream.destroyed).toBe(true);
  });
});
