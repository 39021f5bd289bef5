import { describe, expect, test } from "vitest";
import { refuseUnmeasurable } from "../../../src/cli/unmeasurable.ts";
import type { Lab } from "../../../src/lab/lab.ts";
import { resolveSpread } from "../../../src/lab/resolve-spread.ts";
import { balance } from "../../../src/measure/ledger.ts";
import { chainMeasurements } from "../../../src/run/chain-measurement.ts";
import { countingPoints } from "../../../src/run/counting-points.ts";
import { hostWith } from "../lab/hosts.ts";
import { parse } from "../lab/make-lab.ts";
import { spreadText } from "../lab/spread-text.ts";
import { type HopLoss, samplesOf } from "./made-up-samples.ts";

const ONE_WAY = spreadText({ a: "1: gen, 2: fwd", path: "gen, fwd, sink" });
const AND_BACK = spreadText({ a: "1: gen, 2: sink", b: "1: fwd", path: "gen, fwd, sink" });

function labOf(text: string): Lab {
  const { topology, source } = parse(text);
  const facts = new Map(["a", "b"].map((host) => [host, hostWith(8, { hostname: host })]));
  const result = resolveSpread(topology, source, facts, { fold: false });
  if (!result.ok) throw new Error("not resolved");
  return result.lab;
}

describe("a hop from one host to another", () => {
  const lab = labOf(ONE_WAY);
  const port = (name: string) => lab.switch?.ports.find((candidate) => candidate.name === name)?.ofport;
  const losses = [{}, { tunnel: 7, switchTx: 3 }];

  test("has the ports of both switches in its ledger, and what is lost between them", () => {
    const { before, after } = samplesOf(lab, "main", { sent: 100, losses });
    const ledger = balance(countingPoints(lab, "main", "forward", before, after));
    expect(ledger.balanced).toBe(true);
    expect(ledger.points.map(({ at }) => at)).toContain("switch port sink-p0 tx");
    expect(ledger.droppedByReason.map(({ reason, packets }) => [reason, packets])).toEqual([
      ["lost between hosts a and b", 7],
      ["the ring of sink was full", 3],
    ]);
    expect(ledger.droppedByReason[0]?.counter).toBe(
      `OpenFlow port ${port("fwd-p1")} rx_packets on host a less OpenFlow port ${port("sink-p0")} tx_packets on host b`,
    );
  });

  test("that more comes out of than went in has packets from nowhere, and no loss", () => {
    const { before, after } = samplesOf(lab, "main", { sent: 100, losses: [{}, { tunnel: -4 }] });
    const ledger = balance(countingPoints(lab, "main", "forward", before, after));
    expect(ledger.unexplained).toBe(-4);
    expect(ledger.droppedByReason).toEqual([]);
  });
});

describe("latency", () => {
  const measured = (lab: Lab) => {
    const { before, after } = samplesOf(lab, "main", { sent: 100 });
    const histogram = { count: 1, min: 5, max: 5, sum: 5, buckets: [[5, 1]] };
    const sink = after.nfs.get("sink");
    Object.assign(sink?.app ?? {}, {
      latencyNs: histogram,
      interArrivalNs: histogram,
      sizes: [],
      protocols: {},
      reorder: { reordered: 0, maxExtent: 0, nReordered: [] },
    });
    const sending = { offered: 100, sent: 100, startTsc: 0, stopTsc: 1, windows: { count: 0 } };
    Object.assign(after.nfs.get("gen") ?? {}, { app: sending, tscHz: 1 });
    return lab.chains.flatMap((chain) => chainMeasurements(lab, chain, before, after)).map(({ latency }) => latency);
  };

  test("of a chain that ends on another host is of two clocks, and is not told", () => {
    expect(measured(labOf(ONE_WAY))).toEqual([undefined]);
    expect(() => refuseUnmeasurable(parse(ONE_WAY).topology, "latency")).toThrow("whose clocks differ");
    expect(() => refuseUnmeasurable(parse(ONE_WAY).topology, "rate")).not.toThrow();
  });

  test("of a chain that comes back to its host is of one", () => {
    expect(measured(labOf(AND_BACK))).not.toEqual([undefined]);
    expect(() => refuseUnmeasurable(parse(AND_BACK).topology, "latency")).not.toThrow();
  });
});

describe("a hop from one host to another past all tunnels", () => {
  const lost = (text: string, losses: readonly HopLoss[]) => {
    const lab = labOf(text);
    const { before, after } = samplesOf(lab, "main", { sent: 100, losses });
    return balance(countingPoints(lab, "main", "forward", before, after));
  };
  const overlay = ONE_WAY.replace(/$/, "between: overlay\n").replaceAll("0: switch, ", "");
  const local = "datapath: docker-bridge\n";

  test("over an overlay network tells what left one interface and did not come to the other", () => {
    const ledger = lost(overlay + local, [{}, { veth: 0, uncounted: 0, tunnel: 6, ring: 2 }]);
    expect(ledger.balanced).toBe(true);
    expect(ledger.droppedByReason.map(({ reason, packets }) => [reason, packets])).toEqual([
      ["lost between hosts a and b", 6],
      ["the packet socket's ring was full", 2],
    ]);
  });

  test("that more comes out of than went in has packets from nowhere, and no loss", () => {
    const ledger = lost(overlay + local, [{}, { tunnel: -4 }]);
    expect(ledger.unexplained).toBe(-4);
    expect(ledger.droppedByReason).toEqual([]);
  });
});
