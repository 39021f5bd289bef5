import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { genomeText, IMIX, meanFrameBytes, smallestStampedFrame } from "../../../src/topology/frames.ts";
import { parseTopology } from "../../../src/topology/parse-topology.ts";
import type { TrafficSpec } from "../../../src/topology/topology.ts";

const FILE = (traffic: string) =>
  `name: lab1\ncores: { 0: switch, 1: gen, 2: sink }\nnfs: { gen: { app: pktgen }, sink: { app: stats } }\nchains: { main: [gen, sink] }\ntraffic: ${traffic}\n`;

function trafficOf(traffic: string): TrafficSpec {
  const parsed = parseTopology(new TextEncoder().encode(FILE(traffic)), "lab.yaml");
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ message }) => message).join("; "));
  return parsed.topology.traffic;
}

function problemsOf(traffic: string): readonly string[] {
  const parsed = parseTopology(new TextEncoder().encode(FILE(traffic)), "lab.yaml");
  return parsed.ok ? [] : parsed.diagnostics.map(({ message, help }) => `${message} -> ${help}`);
}

describe("frame sizes", () => {
  it("imix is 7:4:1 of 64, 570 and 1518", () => {
    expect(trafficOf("{ frame: imix }").frames).toEqual(IMIX);
    expect(genomeText(IMIX)).toBe("7x64 + 4x570 + 1x1518");
    expect(meanFrameBytes(IMIX)).toBeCloseTo(353.83, 2);
  });

  it("a list sends each size equally often", () => {
    expect(trafficOf("{ frame: [64, 512, 1518] }").frames).toEqual([
      { bytes: 64, weight: 1 },
      { bytes: 512, weight: 1 },
      { bytes: 1518, weight: 1 },
    ]);
  });

  it("a genome that was written out is read back the same", () => {
    const shares = fc.uniqueArray(
      fc.record({ bytes: fc.integer({ min: 64, max: 9018 }), weight: fc.integer({ min: 1, max: 100 }) }),
      { minLength: 2, maxLength: 8, selector: ({ bytes }) => bytes },
    );
    fc.assert(
      fc.property(shares, (frames) => {
        expect(trafficOf(`{ frame: "${genomeText(frames)}" }`).frames).toEqual(frames);
      }),
    );
  });

  it.each([
    ["{ frame: 63 }", "the nearest that works is 64"],
    ["{ frame: 9019 }", "the nearest that works is 9018"],
    ["{ frame: [] }", "imix"],
    ["{ frame: small }", "imix"],
    ['{ frame: "3x64 + 2000x1518" }', "imix"],
  ])("%s is refused with what to do", (traffic, help) => {
    expect(problemsOf(traffic)).toEqual([expect.stringContaining(help)]);
  });

  it("has room for the headers and the stamp", () => {
    expect(smallestStampedFrame({ vlan: undefined, network: "ipv4", transport: "udp" })).toBe(64);
    expect(problemsOf("{ network: ipv6 }")).toEqual([expect.stringContaining("84 bytes")]);
    expect(problemsOf("{ vlan: 7 }")).toEqual([expect.stringContaining("68 bytes")]);
    expect(problemsOf("{ transport: tcp, frame: 76 }")).toEqual([]);
  });
});

describe("rates", () => {
  it.each([
    ["1.5Mpps", 1_500_000],
    // 10 Gbit/s of 64-byte frames with preamble and gap: the figure that everybody knows.
    ["100% of 10GbE", 14_880_952],
    ["10Gbps L1", 14_880_952],
    ["10Gbps", 19_531_250],
    ["10Gbps L2", 19_531_250],
    ["50% of 25GbE", 18_601_190],
  ])("%s of 64-byte frames", (rate, pps) => {
    expect(trafficOf(`{ rate: ${rate} }`).ratePps).toBeCloseTo(pps, -1);
  });

  it("bits are those of the mean frame of a genome", () => {
    expect(trafficOf("{ frame: imix, rate: 100% of 10GbE }").ratePps).toBeCloseTo(3_343_736, -1);
  });

  it.each([
    ["5% of 11GbE", "10GbE"],
    ["5%", "of 10GbE"],
    ["120% of 10GbE", "100 %"],
    ["1Gbps L3", "L2"],
    ["1000", "unit"],
  ])("%s is refused with what to do", (rate, word) => {
    expect(problemsOf(`{ rate: ${rate} }`)).toEqual([expect.stringContaining(word)]);
  });
});

describe("flows", () => {
  it("a number means as many, one after the other", () => {
    expect(trafficOf("{ flows: 1000000 }").flows).toEqual({
      count: 1_000_000,
      choice: "round-robin",
      skew: 1,
      vary: "port",
    });
  });

  it("a map says how they are chosen", () => {
    expect(trafficOf("{ flows: { count: 10, choice: zipf, skew: 1.2, vary: address } }").flows).toEqual({
      count: 10,
      choice: "zipf",
      skew: 1.2,
      vary: "address",
    });
  });

  it("more than a million are refused", () => {
    expect(problemsOf("{ flows: 1000001 }")).toHaveLength(1);
  });

  it("a capture brings the sizes of its frames, so a rate of bits is none", () => {
    const help = "write the rate in packets per second (100kpps), or max";
    expect(problemsOf("{ pcap: a.pcap, rate: 1Gbps }")).toEqual([expect.stringContaining(help)]);
    expect(problemsOf("{ pcap: a.pcap, rate: 5% of 10GbE }")).toEqual([expect.stringContaining(help)]);
    expect(problemsOf("{ pcap: a.pcap, rate: 100kpps }")).toEqual([]);
  });
});
