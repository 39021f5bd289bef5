import { describe, expect, it } from "vitest";
import { JsonRpcClient } from "../../../../src/rpc/json-rpc.ts";
import { OvsControl } from "../../../../src/rpc/ovs-control/ovs-control.ts";
import { FakePeer, rejection, settled } from "../fake-peer.ts";

const control = (peer: FakePeer) => new OvsControl(new JsonRpcClient(peer.stream, { peer: "vswitchd" }));

describe("OvsControl", () => {
  it("sends one request at a time, in order, and goes on after a failure", async () => {
    const peer = new FakePeer();
    const ovs = control(peer);
    const [first, second] = [rejection(ovs.command("one", ["-s", "x"])), ovs.command("two")];
    await settled();
    expect(peer.received).toMatchObject([{ method: "one", params: ["-s", "x"] }]);
    peer.sendText(`{"id":${peer.received[0]?.id},"error":"busy\\n"}`);
    expect(await first).toMatchObject({ kind: "remote", message: "vswitchd: one: busy" });
    await settled();
    peer.send({ id: peer.received[1]?.id, result: "fine", error: null });
    expect(await second).toBe("fine");
  });

  it("asks for what it parses", async () => {
    const peer = new FakePeer(({ method }) => ({ result: method === "coverage/read-counter" ? "12\n" : "" }));
    expect(await control(peer).coverageCounter("vhost_tx_contention")).toBe(12);
    expect(await control(new FakePeer(() => ({ result: "" }))).pmdQueues()).toEqual([]);
    expect(peer.received).toMatchObject([{ method: "coverage/read-counter", params: ["vhost_tx_contention"] }]);
  });

  it("takes text it cannot read, or no text, for a protocol error", async () => {
    const error = await rejection(control(new FakePeer(() => ({ result: "hm" }))).pmdStats());
    expect(error).toMatchObject({ kind: "protocol", method: "dpif-netdev/pmd-stats-show" });
    expect(await rejection(control(new FakePeer(() => ({ result: 7 }))).command("x"))).toMatchObject({
      kind: "protocol",
    });
  });
});
