import { describe, expect, it } from "vitest";
import { JsonRpcClient } from "../../../../src/rpc/json-rpc.ts";
import { commitAndWait } from "../../../../src/rpc/ovsdb/commit.ts";
import { monitorUntil, type TableRows } from "../../../../src/rpc/ovsdb/monitor.ts";
import { comment } from "../../../../src/rpc/ovsdb/operation.ts";
import { FakePeer, type Message, rejection, settled } from "../fake-peer.ts";

const columns = { name: "string", up: "boolean" } as const;
const request = {
  db: "db",
  table: "T",
  columns,
  what: "a is up",
  until: (rows: TableRows<typeof columns>) => [...rows.values()].find(({ name, up }) => name === "a" && up)?.name,
};

const row = (name: string, up: boolean) => ({ new: { name, up } });

/** A server that answers `monitor` with `initial`, and lets the test send updates to that monitor. */
function server(initial: Message) {
  let id: unknown;
  const peer = new FakePeer(({ method, params }) => {
    if (method === "monitor") id = (params as unknown[])[1];
    return { result: method === "monitor" ? initial : {} };
  });
  const update = (updates: Message): Message => ({ method: "update", params: [id, updates], id: null });
  return { peer, update, client: new JsonRpcClient(peer.stream, { peer: "fake" }) };
}

const methods = (peer: FakePeer) => peer.received.map(({ method }) => method);

describe("monitorUntil", () => {
  it("resolves at once when the condition holds, and cancels the monitor", async () => {
    const { peer, client } = server({ T: { u1: row("a", true) } });
    expect(await monitorUntil(client, request)).toBe("a");
    await settled();
    expect(methods(peer)).toEqual(["monitor", "monitor_cancel"]);
    expect(client.pendingCalls).toBe(0);
  });

  it("follows inserts, changes and deletes until it holds", async () => {
    const { peer, client, update } = server({});
    const seen: string[] = [];
    const until = (rows: TableRows<typeof columns>) => {
      seen.push([...rows.values()].map(({ name, up }) => `${name}${up ? "+" : "-"}`).join(" "));
      return request.until(rows);
    };
    let over = false;
    const done = monitorUntil(client, { ...request, until }).finally(() => {
      over = true;
    });
    await settled();
    peer.send(update({ T: { u1: row("a", false), u2: row("b", true) } }));
    peer.send(update({ T: { u2: { old: { name: "b", up: true } } } }));
    peer.send({ method: "update", params: ["someone else's", { T: { u1: row("a", true) } }], id: null });
    await settled();
    expect(over).toBe(false);
    peer.send(update({ T: { u1: { old: { up: false }, ...row("a", true) } } }));
    expect(await done).toBe("a");
    peer.send(update({ T: { u1: row("a", false) } }));
    await settled();
    expect(seen).toEqual(["", "a- b+", "a-", "a+"]);
  });

  it("applies an update that arrives in one chunk with the first answer after that answer", async () => {
    const peer = new FakePeer();
    const client = new JsonRpcClient(peer.stream, { peer: "fake" });
    const seen: string[] = [];
    const until = (rows: TableRows<typeof columns>) => {
      seen.push(JSON.stringify([...rows.values()]));
      return request.until(rows);
    };
    const done = monitorUntil(client, { ...request, until });
    await settled();
    const { id, params } = peer.received[0] as { id: number; params: unknown[] };
    peer.send(
      { id, result: { T: { u1: row("a", false) } }, error: null },
      { method: "update", params: [params[1], { T: { u1: row("a", true) } }], id: null },
    );
    expect(await done).toBe("a");
    expect(seen).toEqual(['[{"name":"a","up":false}]', '[{"name":"a","up":true}]']);
  });

  it("times out naming what it waited for, and leaves nothing behind", async () => {
    const { peer, client } = server({});
    const error = await rejection(monitorUntil(client, { ...request, timeoutMs: 20 }));
    expect(error).toMatchObject({ kind: "timeout", message: "fake: wait until a is up: timed out after 20 ms" });
    await settled();
    expect(methods(peer)).toContain("monitor_cancel");
    expect(client.pendingCalls).toBe(0);
  });

  it("ends on abort, on a lost connection, on an unreadable row and on an error of the condition", async () => {
    const controller = new AbortController();
    const aborted = server({});
    const abort = rejection(monitorUntil(aborted.client, { ...request, signal: controller.signal }));
    await settled();
    controller.abort();
    expect(await abort).toMatchObject({ kind: "aborted" });

    const lost = server({});
    const loss = rejection(monitorUntil(lost.client, request));
    await settled();
    lost.peer.hangUp();
    expect(await loss).toMatchObject({ kind: "closed" });

    const unreadable = server({ T: { u1: { new: { name: 1, up: true } } } });
    expect((await rejection(monitorUntil(unreadable.client, request))).message).toContain("column name");

    const { client } = server({});
    const until = () => {
      throw new Error("enough");
    };
    expect((await rejection(monitorUntil(client, { ...request, until }))).message).toBe("enough");
  });
});

describe("commitAndWait", () => {
  function vswitch(curCfg: number, nextRows: unknown[] = [{ next_cfg: 5 }]) {
    let id: unknown;
    const peer = new FakePeer(({ method, params }) => {
      if (method === "transact") return { result: [{}, { count: nextRows.length }, { rows: nextRows }] };
      if (method === "monitor") id = (params as unknown[])[1];
      return { result: { Open_vSwitch: { u: { new: { cur_cfg: curCfg, next_cfg: Math.max(curCfg, 5) } } } } };
    });
    const client = new JsonRpcClient(peer.stream, { peer: "fake" });
    const reach = (cur_cfg: number) =>
      peer.send({
        method: "update",
        params: [id, { Open_vSwitch: { u: { new: { cur_cfg, next_cfg: 5 } } } }],
        id: null,
      });
    return { peer, client, reach };
  }

  it("increments next_cfg in the same transaction and waits until cur_cfg has caught up", async () => {
    const { peer, client, reach } = vswitch(3);
    let done = false;
    const committed = commitAndWait(client, [comment("x")]).then((results) => {
      done = true;
      return results;
    });
    await settled();
    reach(4);
    await settled();
    expect(done).toBe(false);
    reach(5);
    expect(await committed).toEqual([undefined]);
    expect(peer.received[0]?.params).toEqual([
      "Open_vSwitch",
      { op: "comment", comment: "x" },
      { op: "mutate", table: "Open_vSwitch", where: [], mutations: [["next_cfg", "+=", 1]] },
      { op: "select", table: "Open_vSwitch", where: [], columns: ["next_cfg"] },
    ]);
  });

  it("does not wait when vswitchd is already past it", async () => {
    expect(await commitAndWait(vswitch(6).client, [comment("x")])).toEqual([undefined]);
  });

  it("gives up after timeoutMs in all", async () => {
    const error = await rejection(commitAndWait(vswitch(3).client, [comment("x")], { timeoutMs: 30 }));
    expect(error).toMatchObject({ kind: "timeout" });
    expect(error.message).toContain("ovs-vswitchd has applied its configuration");
  });

  it("says what is missing when the database is empty", async () => {
    const error = await rejection(commitAndWait(vswitch(0, []).client, [comment("x")]));
    expect(error.message).toContain("make it with setRootRow first");
  });
});
