import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { JsonRpcClient } from "../../../src/rpc/json-rpc.ts";
import { RpcError } from "../../../src/rpc/rpc-error.ts";
import { FakePeer, rejection, settled } from "./fake-peer.ts";

function connect(peer: FakePeer): JsonRpcClient {
  return new JsonRpcClient(peer.stream, { peer: "fake" });
}

describe("JsonRpcClient", () => {
  it("closes although the stream never says that it is closed, as over SSH to a host that hangs", async () => {
    const stream = new Duplex({ read() {}, write() {}, destroy() {} });
    const client = new JsonRpcClient(stream, { peer: "fake" });
    const call = rejection(client.call("select", []));
    await client.close();
    expect((await call).kind).toBe("closed");
  });

  it("calls and resolves to the result, in whatever order the answers come", async () => {
    const peer = new FakePeer();
    const client = connect(peer);
    const first = client.call("one", [1]);
    const second = client.call("two", ["x"]);
    await settled();
    const [a, b] = peer.received;
    expect(a).toMatchObject({ method: "one", params: [1] });
    peer.send({ id: b?.id, result: "two", error: null }, { id: a?.id, result: "one", error: null });
    expect(await Promise.all([first, second])).toEqual(["one", "two"]);
    expect(client.pendingCalls).toBe(0);
  });

  it("answers the server's echo with the same parameters, and refuses its other requests", async () => {
    const peer = new FakePeer();
    connect(peer);
    peer.send({ method: "echo", params: ["ping"], id: "echo" }, { method: "steal", params: [], id: 7 });
    await settled();
    expect(peer.received).toEqual([
      { id: "echo", result: ["ping"], error: null },
      { id: 7, result: null, error: "unknown method" },
    ]);
  });

  it("hands notifications to listeners until they are removed", async () => {
    const peer = new FakePeer();
    const client = connect(peer);
    const seen: unknown[] = [];
    const stop = client.onNotification((method, params) => seen.push([method, params]));
    peer.send({ method: "update", params: [1], id: null });
    await settled();
    stop();
    peer.send({ method: "update", params: [2], id: null });
    await settled();
    expect(seen).toEqual([["update", [1]]]);
  });

  it("rejects with the peer's error, also when the answer has no result (unixctl)", async () => {
    const peer = new FakePeer(({ method }) =>
      method === "unixctl" ? undefined : { result: null, error: { code: 3 } },
    );
    const client = connect(peer);
    const call = client.call("unixctl", []);
    await settled();
    peer.sendText(`{"id":${peer.received[0]?.id},"error":"\\"nope\\" is not a valid command\\n"}`);
    const error = await rejection(call);
    expect(error).toBeInstanceOf(RpcError);
    expect(error).toMatchObject({ kind: "remote", method: "unixctl", peer: "fake" });
    expect(error.message).toBe('fake: unixctl: "nope" is not a valid command');
    expect(await rejection(client.call("other", []))).toMatchObject({ kind: "remote", remote: { code: 3 } });
  });

  it("times out, forgets the call, and takes the late answer calmly", async () => {
    const peer = new FakePeer();
    const client = connect(peer);
    const error = await rejection(client.call("slow", [], { timeoutMs: 5 }));
    expect(error).toMatchObject({ kind: "timeout", message: "fake: slow: timed out after 5 ms" });
    expect(client.pendingCalls).toBe(0);
    peer.send({ id: peer.received[0]?.id, result: "late", error: null });
    await settled();
    const next = client.call("next", []);
    await settled();
    peer.send({ id: peer.received[1]?.id, result: "fine", error: null });
    expect(await next).toBe("fine");
  });

  it("can be aborted before and during a call, with the reason as cause", async () => {
    const peer = new FakePeer();
    const client = connect(peer);
    const reason = new Error("ctrl-c");
    const before = await rejection(client.call("before", [], { signal: AbortSignal.abort(reason) }));
    expect(before).toMatchObject({ kind: "aborted", cause: reason });
    const controller = new AbortController();
    const during = client.call("during", [], { signal: controller.signal });
    controller.abort(reason);
    expect(await rejection(during)).toMatchObject({ kind: "aborted", method: "during", cause: reason });
    await settled();
    expect(peer.received.map(({ method }) => method)).toEqual(["during"]);
    expect(client.pendingCalls).toBe(0);
  });

  it("fails everything that waits when the peer hangs up, and every later call", async () => {
    const peer = new FakePeer();
    const client = connect(peer);
    const calls = [client.call("a", []), client.call("b", [])].map(rejection);
    const closed = new Promise((resolve) => client.onClose(resolve));
    peer.hangUp();
    const errors = await Promise.all(calls);
    expect(errors.map(({ kind, method }) => [kind, method])).toEqual([
      ["closed", "a"],
      ["closed", "b"],
    ]);
    expect(await closed).toMatchObject({ kind: "closed" });
    expect(client.pendingCalls).toBe(0);
    expect(await rejection(client.call("c", []))).toMatchObject({ kind: "closed", method: "c" });
  });

  it("carries the stream's error as cause", async () => {
    const peer = new FakePeer();
    const client = connect(peer);
    const call = rejection(client.call("a", []));
    const cause = new Error("ECONNRESET");
    peer.stream.destroy(cause);
    expect(await call).toMatchObject({ kind: "closed", cause });
  });

  it.each(["garbage", '{"id":99,"result":1,"error":null}', '{"id":"x","result":1,"error":null}', '{"a":1}'])(
    "ends the connection when the peer sends %s",
    async (text) => {
      const peer = new FakePeer();
      const client = connect(peer);
      const call = rejection(client.call("a", []));
      peer.sendText(text);
      expect(await call).toMatchObject({ kind: "protocol", method: "a" });
      expect(peer.stream.destroyed).toBe(true);
    },
  );

  it("ends the connection when a message is over the limit", async () => {
    const peer = new FakePeer(() => ({ result: "x".repeat(100) }));
    const client = new JsonRpcClient(peer.stream, { peer: "fake", maxMessageBytes: 50 });
    expect(await rejection(client.call("a", []))).toMatchObject({ kind: "protocol" });
  });

  it("closes once, fails what waits, and closes the stream", async () => {
    const peer = new FakePeer();
    const client = connect(peer);
    const call = rejection(client.call("a", []));
    await Promise.all([client.close(), client.close()]);
    await client[Symbol.asyncDispose]();
    expect(await call).toMatchObject({ kind: "closed", message: "fake: a: this side closed the connection" });
    expect(peer.stream.closed).toBe(true);
  });

  it("is closed at once where the stream told so by its event alone, as those of ssh2 do", async () => {
    const { stream } = new FakePeer();
    Object.defineProperty(stream, "closed", { value: false });
    const client = new JsonRpcClient(stream, { peer: "fake" });
    stream.destroy();
    await settled();
    expect(await Promise.race([client.close().then(() => "closed"), settled().then(() => "waits")])).toBe("closed");
  });

  it("says so at once on a stream that is already closed", async () => {
    const peer = new FakePeer();
    peer.stream.destroy();
    expect(await rejection(connect(peer).call("a", []))).toMatchObject({ kind: "closed" });
  });
});
