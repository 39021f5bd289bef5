import { setTimeout as delay } from "node:timers/promises";
import { FEEDER_CPU, LoneNfs, TESTED_CPU } from "./lone-nf.ts";
import { median, type Row, spread } from "./row.ts";

const PAIRS = 9;
const MEASURED_MS = 400;
const RATE_PPS = 20_000;
const TARGET_NS = 2_000;

/**
 * The error of a latency that corebed reports: the least that generator and receiver see over a memif (stamped on one CPU, read on another) against half of the
 * least round trip of a single packet over the same kind of ring, timed on one CPU.
 */
export async function benchPingPong(): Promise<readonly Row[]> {
  const oneWay: number[] = [];
  const halfRoundTrip: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const both = [async () => oneWay.push(await leastLatency()), async () => halfRoundTrip.push(await leastHalfTrip())];
    for (const measure of pair % 2 === 0 ? both : both.toReversed()) await measure();
  }
  const error = median(oneWay.map((ns, i) => Math.abs(ns - (halfRoundTrip[i] ?? Number.NaN))));
  return [
    {
      what: "latency over memif as reported, against half of a bare round trip",
      measured: `${error.toFixed(0)} ns apart (least one-way latency ${spread(oneWay, 0)} ns, half of the least round trip ${spread(halfRoundTrip, 0)} ns)`,
      target: "within 2 us",
      reached: error <= TARGET_NS,
    },
  ];
}

async function leastLatency(): Promise<number> {
  await using nfs = await LoneNfs.open();
  const sink = await nfs.start("sink", TESTED_CPU, "stats", ...nfs.memif("a", "server"));
  const generator = await nfs.start("gen", FEEDER_CPU, "pktgen", ...nfs.memif("a", "client"));
  await generator.linked();
  await sink.call("start", { trial: 1 });
  await generator.call("start", { trial: 1, ratePps: RATE_PPS, dstMac: "02:00:00:00:00:02" });
  await delay(MEASURED_MS);
  await generator.call("stop");
  const { latencyNs } = (await sink.stats()).app;
  if (latencyNs === undefined || latencyNs.count === 0) throw new Error("no packet came");
  return latencyNs.min;
}

async function leastHalfTrip(): Promise<number> {
  await using nfs = await LoneNfs.open();
  const echo = await nfs.start("echo", TESTED_CPU, "l2fwd", ...nfs.memif("a", "server"));
  const ping = await nfs.start("ping", FEEDER_CPU, "ping", ...nfs.memif("a", "client"));
  await ping.linked();
  await echo.call("start", { trial: 1 });
  await ping.call("start", { trial: 1 });
  await delay(MEASURED_MS);
  await ping.call("stop");
  const { roundTripNs } = (await ping.stats()).app;
  if (roundTripNs === undefined || roundTripNs.count === 0) throw new Error("no packet came back");
  return roundTripNs.min / 2;
}
