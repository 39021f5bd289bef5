import { describe, expect, test } from "vitest";
import type { Lab, LabPart } from "../../../src/lab/lab.ts";
import type { ClockDifference } from "../../../src/measure/clock-difference.ts";
import { chainMeasurements } from "../../../src/run/chain-measurement.ts";
import { clockEnds, clockKey, tscAheadOf } from "../../../src/run/clocks.ts";
import type { Sample } from "../../../src/run/sample.ts";
import { hostWith } from "../lab/hosts.ts";
import { labOf } from "../lab/make-lab.ts";
import { samplesOf } from "./made-up-samples.ts";

const ONE_HOST = labOf(
  "name: far\ncores: { 0: switch, 1: gen, 2: sink }\nnfs: { gen: { app: pktgen }, sink: { app: stats } }\nchains: { main: [gen, sink] }\n",
  hostWith(4),
);

/** The same lab with each NF on a host of its own. */
const LAB: Lab = { ...ONE_HOST, parts: ["gen", "sink"].map((nf, index) => partWith(nf, ["a", "b"][index] ?? "")) };

function partWith(nf: string, host: string): LabPart {
  const lab = { ...ONE_HOST, nfs: ONE_HOST.nfs.filter(({ name }) => name === nf) };
  return { host, address: `ssh://root@${host}`, lab } as LabPart;
}

const KNOWN: ClockDifference = {
  tscNs: 4_000,
  tscTicks: 10_000,
  unixNs: -2_500_000,
  uncertaintyNs: 1_000,
  tscRateRatio: 0,
};

function clocksOf(difference: ClockDifference) {
  return new Map([["a b", difference]]);
}

function chainBetween(before: ClockDifference, after: ClockDifference) {
  const samples = samplesOf(LAB, "main", { sent: 1_000 });
  const clocks = { before: clocksOf(before), after: clocksOf(after) };
  return chainMeasurements(
    LAB,
    { name: "main", path: ["gen", "sink"] },
    samples.before,
    late(samples.after),
    clocks,
  )[0];
}

/** A thousand packets, each 100 µs late. */
function late(sample: Sample): Sample {
  const latencyNs = { count: 1_000, min: 100_000, max: 100_000, sum: 1e8, buckets: [[100_000, 1_000]] };
  const none = { count: 0, min: 0, max: 0, sum: 0, buckets: [] };
  const reorder = { reordered: 0, maxExtent: 0, nReordered: [] };
  const seen = { latencyNs, interArrivalNs: none, sizes: [], protocols: {}, reorder };
  const sent = { sent: 1_000, offered: 1_000, startTsc: 0, stopTsc: 1, windows: { count: 0 } };
  const nfs = [...sample.nfs].map(
    ([nf, stats]) => [nf, { ...stats, app: { ...stats.app, ...(nf === "sink" ? seen : sent) } }] as const,
  );
  return { ...sample, nfs: new Map(nfs) as unknown as Sample["nfs"] };
}

test("packets get their time on the host of the NF that sends, whichever way they go", () => {
  expect(clockEnds(LAB, ["gen", "sink"], "forward")).toEqual({ sender: "a", receiver: "b" });
  expect(clockEnds(LAB, ["gen", "sink"], "reverse")).toEqual({ sender: "b", receiver: "a" });
  expect(clockEnds(LAB, ["gen", "gen"], "forward")).toBeUndefined();
  expect(clockEnds(ONE_HOST, ["gen", "sink"], "forward")).toBeUndefined();
  expect(clockKey({ sender: "a", receiver: "b" })).toBe("a b");
});

describe("a receiver is told how far ahead its generator's TSC is", () => {
  const [gen, sink] = ONE_HOST.nfs;
  if (gen === undefined || sink === undefined) throw new Error("no NFs");

  test("for the port of a chain that comes from another host", () => {
    expect(tscAheadOf(LAB, sink, "forward", clocksOf(KNOWN))).toEqual({ tscAhead: [10_000] });
    expect(tscAheadOf(LAB, gen, "reverse", new Map([["b a", KNOWN]]))).toEqual({ tscAhead: [10_000] });
  });

  test("and nothing where that is not known, or both are on one host", () => {
    expect(tscAheadOf(LAB, sink, "forward", new Map())).toEqual({});
    expect(tscAheadOf(LAB, gen, "forward", clocksOf(KNOWN))).toEqual({});
    expect(tscAheadOf(ONE_HOST, sink, "forward", clocksOf(KNOWN))).toEqual({});
  });
});

describe("latency between two hosts", () => {
  test("is told where the clocks are known well enough, with how well", () => {
    const chain = chainBetween(KNOWN, { ...KNOWN, tscNs: 5_000 });
    expect(chain?.latency?.count).toBe(1_000);
    expect(chain?.clocks).toEqual({ sender: "a", receiver: "b", unixAheadNs: -2_500_000, uncertaintyNs: 2_000 });
  });

  test("is withheld where they are not, with the reason", () => {
    const vague = { ...KNOWN, uncertaintyNs: 300_000 };
    const chain = chainBetween(vague, vague);
    expect(chain?.latency).toBeUndefined();
    expect(chain?.clocks?.withheld).toBe(
      "the clocks of the two hosts are known to 300 µs only, more than 5 % of the 100 µs counted",
    );
  });
});
