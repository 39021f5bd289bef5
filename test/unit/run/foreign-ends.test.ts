import { expect, test } from "vitest";
import type { Lab } from "../../../src/lab/lab.ts";
import { chainMeasurements } from "../../../src/run/chain-measurement.ts";
import type { Sample } from "../../../src/run/sample.ts";
import { hostWith } from "../lab/hosts.ts";
import { labOf } from "../lab/make-lab.ts";
import { samplesOf } from "./made-up-samples.ts";

const lab = (gen: string, sink: string): Lab =>
  labOf(
    [
      "name: foreign",
      "cores: { 0: switch, 1: gen, 2: sink }",
      `nfs: { gen: { app: ${gen} }, sink: { app: ${sink} } }`,
      "chains: { main: [gen, sink] }",
      "traffic: { frame: imix }",
    ].join("\n"),
    hostWith(16),
  );

/** What 1,000 frames of 516 bytes leave behind, a hundred of which came before the trial. */
function counted(of: Lab, foreign: string) {
  const { before, after } = samplesOf(of, "main", { sent: 1000 });
  const seen = (sample: Sample, packets: number): Sample => ({
    ...sample,
    nfs: new Map(
      [...sample.nfs]
        .filter(([nf]) => nf !== foreign)
        .map(([nf, stats]) => [nf, nf === "sink" ? withForeign(stats, packets) : stats] as const),
    ),
    switchPorts: new Map(
      [...sample.switchPorts].map(([port, stats]) => [port, { ...stats, txBytes: 512 * (stats.txPackets ?? 0) }]),
    ),
  });
  const [chain] = of.chains.flatMap((one) => chainMeasurements(of, one, seen(before, 100), seen(after, 1100)));
  return chain;
}

function withForeign<Stats extends Sample extends { nfs: ReadonlyMap<string, infer S> } ? S : never>(
  stats: Stats,
  packets: number,
): Stats {
  const none = { count: 0, min: 0, max: 0, sum: 0, buckets: [] };
  const figures = {
    received: 0,
    receivedBytes: 0,
    foreign: packets,
    foreignBytes: 516 * packets,
    reordered: 0,
    duplicates: 0,
    latencyNs: none,
    interArrivalNs: none,
    sizes: [],
    protocols: {},
    reorder: { reordered: 0, maxExtent: 0, nReordered: [] },
  };
  return { ...stats, app: { ...stats.app, ...figures } };
}

test("what a program of others sends has no stamp, and what of it arrives in the trial is what was received", () => {
  expect(counted(lab("testpmd", "stats"), "gen")).toMatchObject({
    received: 1000,
    receivedBytes: 516_000,
    latency: undefined,
    approximate: true,
  });
});

test("what a program of others receives has the bytes that the switch counted, with the FCS", () => {
  expect(counted(lab("pktgen", "testpmd"), "sink")).toMatchObject({ received: 1000, receivedBytes: 516_000 });
});
