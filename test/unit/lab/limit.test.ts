import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { egressPolicing, ingressPolicing, labLimit, metering, roundedBurst } from "../../../src/lab/limit.ts";
import { labResources } from "../../../src/lab/resources.ts";
import type { TrafficSpec } from "../../../src/topology/topology.ts";
import { hostWith } from "./hosts.ts";
import { diagnosticsText, labOf, parse } from "./make-lab.ts";

function text(hop: string, top = "datapath: vhost-user"): string {
  return [
    "name: limited",
    "cores: { 0: switch, 1: gen, 2: sink }",
    "nfs: { gen: { app: pktgen }, sink: { app: stats } }",
    `chains: { main: { path: [gen, sink], hops: [${hop}] } }`,
    top,
  ].join("\n");
}

function specOf(hop: string, top: string, kind: string): unknown {
  return labResources(labOf(text(hop, top))).find((resource) => resource.kind === kind)?.spec;
}

const FRAMES = "datapath: vhost-user\ntraffic: { frame: 64 }";

describe("a limit on vhost-user", () => {
  it("is bits of frames with their FCS, whatever OVS counts", () => {
    // 500,000 frames of 64 B a second; OVS's policers count 46 B of each, a meter 60 B. 20 ms at that rate pass at once.
    expect(specOf("{ limit: 256Mbps }", FRAMES, "limits")).toMatchObject({
      ports: [{ name: "sink-p0", egress: { cir: "23000000", cbs: "460000" } }],
    });
    expect(specOf("{ limit: { rate: 256Mbps, at: ingress } }", FRAMES, "limits")).toMatchObject({
      ports: [{ name: "gen-p0", ingress: { rateKbps: 184_000, burstKb: 3680 } }],
    });
    const [gen, sink] = labOf(text("default", FRAMES)).switch?.ports.map(({ ofport }) => ofport) ?? [];
    expect(specOf("{ limit: { rate: 256Mbps, at: meter, burst: 1MiB } }", FRAMES, "flows")).toMatchObject({
      flows: expect.arrayContaining([
        { inPort: gen, output: sink, meter: { rateKbps: 240_000, burstKb: 7864 } },
        { inPort: sink, output: gen },
      ]),
    });
    expect(specOf("{ limit: { rate: 256Mbps, at: meter } }", FRAMES, "limits")).toBeUndefined();
  });

  it("lets as many frames through as fit the rate, for any mix of sizes", () => {
    const frame = fc.record({ bytes: fc.integer({ min: 64, max: 1518 }), weight: fc.integer({ min: 1, max: 20 }) });
    const { topology } = parse(text("default"));
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1 }), fc.integer({ min: 1e6, max: 1e11 }), (frames, rateBps) => {
        const traffic: TrafficSpec = { ...topology.traffic, frames };
        const limit = labLimit({ rateBps, burstBytes: undefined, at: "egress" }, traffic);
        const cycle = (leftOut: number) => frames.reduce((sum, f) => sum + (f.bytes - leftOut) * f.weight, 0);
        // Cycles of the mix per second by each counter's own measure.
        const asked = rateBps / 8 / cycle(0);
        expect(Number(egressPolicing(limit, traffic).cir) / cycle(18) / asked).toBeCloseTo(1, 3);
        expect((ingressPolicing(limit, traffic).rateKbps * 125) / cycle(18) / asked).toBeCloseTo(1, 2);
        expect((metering(limit, traffic).rateKbps * 125) / cycle(4) / asked).toBeCloseTo(1, 2);
      }),
    );
  });

  it("changes nothing but the limit", () => {
    const others = (hop: string) => labResources(labOf(text(hop))).filter(({ kind }) => kind !== "limits");
    const without = (hop: string) =>
      JSON.stringify(others(hop)).replaceAll('"limits:br0",', "").replaceAll(',"limits:br0"', "");
    expect(without("{ limit: 1Gbps }")).toBe(without("default"));
  });
});

describe("a limit on a kernel datapath", () => {
  it.each(["docker-bridge", "macvlan", "host"])("is a token bucket that %s sends through", (datapath) => {
    const lab = labOf(text("{ limit: 100Mbps }", `datapath: ${datapath}`));
    const shaper = labResources(lab).find(({ kind }) => kind === "shaper");
    expect(shaper).toMatchObject({ id: "shaper:gen-p0", spec: { rateBps: 100e6, burstBytes: 250_000 } });
    const nf = labResources(lab).flatMap((resource) => (resource.kind === "nf" ? [resource.spec] : []));
    const bypassed = nf.map(({ command }) => command?.some((word) => word.endsWith(",qdisc_bypass=0")));
    expect(bypassed).toEqual([true, false]);
  });

  it("gives bursts that the kernel gives back a few bytes off the same again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1e6, max: 1e11 }), fc.integer({ min: 2048, max: 2 ** 30 }), (rateBps, burst) => {
        const { traffic } = parse(text("default")).topology;
        const asked = roundedBurst(labLimit({ rateBps, burstBytes: burst, at: "egress" }, traffic).burstBytes);
        // The kernel keeps it as a time in steps of 64 ns.
        const back = Math.round(((Math.round((asked * 8e9) / rateBps / 64) * 64) / 8e9) * rateBps);
        expect(roundedBurst(back)).toBe(asked);
      }),
    );
  });
});

describe("a limit that cannot be held", () => {
  it.each([
    ["memif", "{ limit: 1Gbps }", "datapath: memif", "nothing stands between the NFs"],
    ["ingress of a bridge", "{ limit: { rate: 1Gbps, at: ingress } }", "datapath: docker-bridge", "write at: egress"],
    ["a capture", "{ limit: 1Gbps }", "traffic: { pcap: /tmp/some.pcap }", "what OVS counts of each frame"],
  ])("is told at its place: %s", (_, hop, top, told) => {
    const found = diagnosticsText(text(hop, top), hostWith(8));
    expect(found.replaceAll(/\s+/g, " ")).toContain(told);
    expect(found).toContain("lab.yaml:4:");
  });

  it("is refused where the kernel has no token bucket", () => {
    const facts = hostWith(8);
    const poor = { ...facts, kernelSupport: { ...facts.kernelSupport, tbf: false } };
    expect(diagnosticsText(text("{ limit: 1Gbps }", "datapath: host"), poor)).toContain("modprobe sch_tbf");
    expect(labOf(text("{ limit: 1Gbps }"), poor).hops[0]?.limit?.rateBps).toBe(1e9);
  });
});
