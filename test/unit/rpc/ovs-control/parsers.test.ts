import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseCoverageCounter, parseCoverageTotals } from "../../../../src/rpc/ovs-control/coverage.ts";
import { parseDatapathShow } from "../../../../src/rpc/ovs-control/datapath-show.ts";
import { OvsTextError } from "../../../../src/rpc/ovs-control/fields.ts";
import { parsePmdRxqShow } from "../../../../src/rpc/ovs-control/pmd-rxq-show.ts";
import {
  busyCyclesPerPacket,
  parsePmdStatsShow,
  pmdStatsBetween,
} from "../../../../src/rpc/ovs-control/pmd-stats-show.ts";

/** Text that OVS 3.1.0 wrote: two vhost ports looped by testpmd (`io`), flooded from both ends (`txonly`), without a peer. */
const captured = (name: string) => readFileSync(new URL(`captured/${name}.txt`, import.meta.url), "utf8");

describe("parsePmdStatsShow", () => {
  it("reads a loaded PMD thread and the idle main thread", () => {
    const [pmd, main] = parsePmdStatsShow(captured("pmd-stats-txonly"));
    expect(pmd).toEqual({
      thread: "pmd",
      numaId: 0,
      coreId: 0,
      packetsReceived: 73_382_560,
      packetRecirculations: 0,
      phwolHits: 0,
      mfexOptHits: 0,
      simpleMatchHits: 73_382_496,
      emcHits: 0,
      smcHits: 0,
      megaflowHits: 62,
      missUpcalls: 2,
      missFailedUpcalls: 0,
      idleCycles: 8_084_565_712,
      busyCycles: 7_912_780_588,
      subtableLookupsPerMegaflowHit: 1,
      packetsPerOutputBatch: 32,
    });
    expect(main).toMatchObject({ thread: "main", numaId: undefined, coreId: undefined, idleCycles: 0, busyCycles: 0 });
    // OVS itself wrote 107.83 "avg processing cycles per packet".
    expect(pmd && busyCyclesPerPacket(pmd)).toBeCloseTo(107.83, 2);
    expect(main && busyCyclesPerPacket(main)).toBeUndefined();
  });

  it("gives what happened between two readings", () => {
    const [pmd] = parsePmdStatsShow(captured("pmd-stats-io"));
    if (pmd === undefined) throw new Error("no thread");
    const later = { ...pmd, packetsReceived: pmd.packetsReceived + 10, busyCycles: pmd.busyCycles + 1000 };
    const between = pmdStatsBetween(pmd, later);
    expect(between).toMatchObject({
      coreId: 0,
      packetsReceived: 10,
      busyCycles: 1000,
      idleCycles: 0,
      simpleMatchHits: 0,
    });
    expect(busyCyclesPerPacket(between)).toBe(100);
  });

  it("refuses other text, naming the field that is missing", () => {
    expect(() => parsePmdStatsShow("")).toThrow(OvsTextError);
    const text = captured("pmd-stats-io").replaceAll("emc hits", "emc strikes");
    expect(() => parsePmdStatsShow(text)).toThrow("no emc hits in");
  });
});

describe("parsePmdRxqShow", () => {
  it("reads placement, state and usage", () => {
    expect(parsePmdRxqShow(captured("pmd-rxq-io"))).toEqual([
      {
        numaId: 0,
        coreId: 0,
        isolated: false,
        queues: [
          { port: "vh0", queueId: 0, enabled: true, usagePercent: 4 },
          { port: "vh1", queueId: 0, enabled: true, usagePercent: 4 },
        ],
        overheadPercent: 0,
      },
    ]);
  });

  it("tells not measured from zero, and a queue that its peer has not enabled", () => {
    const [fresh] = parsePmdRxqShow(captured("pmd-rxq-txonly"));
    expect(fresh?.queues[0]?.usagePercent).toBeUndefined();
    expect(fresh?.overheadPercent).toBeUndefined();
    const [left] = parsePmdRxqShow(captured("pmd-rxq-disconnected"));
    expect(left?.queues.map(({ enabled }) => enabled)).toEqual([false, false]);
  });

  it("reads an isolated thread, several threads and no thread", () => {
    const two = captured("pmd-rxq-io").replace("isolated : false", "isolated : true");
    const both = `${two}pmd thread numa_id 1 core_id 12:\n  isolated : false\n  overhead: NOT AVAIL\n`;
    expect(parsePmdRxqShow(both)).toMatchObject([
      { isolated: true },
      { numaId: 1, coreId: 12, isolated: false, queues: [] },
    ]);
    expect(parsePmdRxqShow("Displaying last 60 seconds pmd usage %\n")).toEqual([]);
    expect(() => parsePmdRxqShow("no such thing")).toThrow(OvsTextError);
  });
});

describe("parseDatapathShow", () => {
  it("reads counters of connected vhost ports, unknown ones apart from zero", () => {
    const stats = parseDatapathShow(captured("dpctl-txonly"));
    expect(stats).toMatchObject({
      name: "netdev@ovs-netdev",
      lookupHits: 72_607_774,
      lookupMisses: 2,
      lookupsLost: 0,
      flows: 2,
    });
    expect(stats.ports.map(({ number, name, type }) => [number, name, type])).toEqual([
      [0, "ovs-netdev", "tap"],
      [1, "br0", "tap"],
      [2, "vh0", "dpdkvhostuserclient"],
      [3, "vh1", "dpdkvhostuserclient"],
    ]);
    expect(stats.ports[3]).toEqual({
      number: 3,
      name: "vh1",
      type: "dpdkvhostuserclient",
      mtu: 1500,
      rx: { packets: 36_303_904, bytes: 2_323_449_856, dropped: 0, errors: undefined },
      tx: { packets: 512, bytes: 32_768, dropped: 36_303_360, errors: undefined },
    });
  });

  it("reads past ports without a peer, whose line OVS 3.1 forgets to end", () => {
    const { ports } = parseDatapathShow(captured("dpctl-disconnected"));
    expect(ports.map(({ name, rx, tx }) => [name, rx === undefined, tx === undefined])).toEqual([
      ["ovs-netdev", false, false],
      ["br0", false, false],
      ["vh0", true, true],
      ["vh1", true, true],
    ]);
  });

  it("refuses other text", () => {
    expect(() => parseDatapathShow("ovs-vswitchd: no such datapath")).toThrow(OvsTextError);
  });
});

describe("coverage", () => {
  it("reads one counter and all", () => {
    expect(parseCoverageCounter("0\n")).toBe(0);
    expect(() => parseCoverageCounter("No such counter\n")).toThrow(OvsTextError);
    const totals = parseCoverageTotals(captured("coverage-show"));
    expect(totals.get("dpif_port_add")).toBeGreaterThan(0);
    expect(totals.size).toBeGreaterThan(20);
    expect(totals.has("vhost_tx_contention")).toBe(false);
  });
});
