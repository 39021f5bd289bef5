import { describe, expect, expectTypeOf, it } from "vitest";
import { JsonRpcClient } from "../../../../src/rpc/json-rpc.ts";
import type { NfApp, NfStart } from "../../../../src/rpc/nf-control/messages.ts";
import { NfControl } from "../../../../src/rpc/nf-control/nf-control.ts";
import { FakePeer, type Message, rejection } from "../fake-peer.ts";

const info = {
  app: "pktgen",
  version: "0.1.0",
  dpdk: "DPDK 22.11.11",
  pid: 1,
  tscHz: 2_600_000_000,
  yield: true,
  threads: [
    { name: "main", lcore: 0, cpu: 0, tid: 1 },
    { name: "worker", lcore: 1, cpu: 1, tid: 9 },
  ],
  ports: [{ index: 0, driver: "net_virtio_user", mac: "02:00:00:00:00:01", queueSize: 1024, queues: 1, mtu: 1500 }],
};
const kernel = { rxPackets: 1, rxDropped: 2, rxErrors: 3, txPackets: 4, txDropped: 5, txErrors: 6, ringDropped: 7 };
const port = { index: 0, rxPackets: 1, rxBytes: 64, txPackets: 2, txBytes: 128, txUnsent: 3, rxNoMbuf: 0 };
const common = {
  tsc: 2 ** 53 + 2,
  tscHz: 2_600_000_000,
  running: false,
  trial: 3,
  ports: [port, { ...port, index: 1, kernel }],
  worker: { iterations: 10, emptyPolls: 5, yields: 1, busyTsc: 100, idleTsc: 200 },
};
const app = {
  pktgen: {
    offered: 10,
    sent: 9,
    sentBytes: 576,
    startTsc: 1,
    stopTsc: 2,
    windows: { count: 1, minSent: 9, maxSent: 9 },
  },
  stats: {
    received: 9,
    receivedBytes: 576,
    foreign: 0,
    foreignBytes: 0,
    interArrivalNs: { count: 0, min: 0, max: 0, sum: 0, buckets: [] },
    sizes: [],
    protocols: {},
    reorder: { reordered: 0, maxExtent: 0, extents: [], unknownExtent: 0, nReordered: [] },
    stale: 0,
    lost: 1,
    reordered: 0,
    duplicates: 0,
    firstTsc: 1,
    lastTsc: 2,
    latencyNs: {
      count: 9,
      min: 900,
      max: 2100,
      sum: 9999,
      buckets: [
        [896, 8],
        [2048, 1],
      ],
    },
  },
  l2fwd: { forwarded: 4, dropped: 0 },
};

function nf<A extends NfApp>(kind: A, answers: Message): { control: NfControl<A>; peer: FakePeer } {
  const peer = new FakePeer(({ method }) => answers[method as string] as Message);
  return { control: new NfControl(new JsonRpcClient(peer.stream, { peer: "NF gen" }), kind), peer };
}

describe("NfControl", () => {
  it("reads info", async () => {
    const { control } = nf("pktgen", { info: { result: { ...info, addedLater: 1 } } });
    expect(await control.info()).toEqual(info);
  });

  it("notices another kind of NF behind the socket", async () => {
    const error = await rejection(nf("stats", { info: { result: info } }).control.info());
    expect(error).toMatchObject({ kind: "protocol", peer: "NF gen" });
    expect(error.message).toContain('it is the NF "pktgen", not "stats"');
  });

  it("reads the statistics of each kind", async () => {
    for (const kind of ["pktgen", "stats", "l2fwd"] as const) {
      const { control } = nf(kind, { stats: { result: { ...common, app: app[kind] } } });
      expect(await control.stats()).toEqual({ ...common, app: app[kind] });
    }
    const { control } = nf("stats", { stats: { result: { ...common, app: app.stats } } });
    const stats = await control.stats();
    expectTypeOf(stats.app.latencyNs.buckets).toEqualTypeOf<readonly (readonly [number, number])[]>();
  });

  it("starts and stops with the documented parameters", async () => {
    const { control, peer } = nf("pktgen", { start: { result: {} }, stop: { result: {} } });
    const parameters: NfStart["pktgen"] = {
      trial: 1,
      frames: [{ bytes: 64, weight: 1 }],
      flows: { count: 1, choice: "round-robin", skew: 1, vary: "port" },
      ratePps: 0,
      burst: 32,
      dstMac: "02:00:00:00:00:02",
      srcIp: "198.18.0.1",
      dstIp: "198.18.0.2",
    };
    await control.start(parameters);
    await control.stop();
    expect(peer.received).toMatchObject([
      { method: "start", params: [parameters] },
      { method: "stop", params: [] },
    ]);
  });

  it("passes on what the NF says when it refuses", async () => {
    const { control } = nf("stats", { start: { result: null, error: "no such trial" } });
    const error = await rejection(control.start({ trial: 1 }));
    expect(error).toMatchObject({ kind: "remote", message: "NF gen: start: no such trial" });
  });

  it.each([
    ["nothing", null, "the answer"],
    ["a count as text", { ...common, app: { ...app.pktgen, sent: "9" } }, "app.sent"],
    ["a fraction", { ...common, app: { ...app.pktgen, sent: 1.5 } }, "app.sent: expected an integer"],
    ["a negative count", { ...common, ports: [{ ...port, txUnsent: -1 }], app: app.pktgen }, "ports.0.txUnsent"],
    ["a part missing", { ...common, worker: undefined, app: app.pktgen }, "worker"],
    ["another NF's figures", { ...common, app: app.l2fwd }, "app.offered"],
  ])("calls %s nonsense, naming the place", async (_, result, place) => {
    const error = await rejection(nf("pktgen", { stats: { result } }).control.stats());
    expect(error).toMatchObject({ kind: "protocol", method: "stats" });
    expect(error.message).toContain("NF gen: stats: nonsense from the NF: ");
    expect(error.message).toContain(place);
  });
});
