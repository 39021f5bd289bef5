import { setTimeout as delay } from "node:timers/promises";
import { busyCycles, emptyShare, FEEDER_CPU, type LoneNf, LoneNfs, TESTED_CPU } from "./lone-nf.ts";
import { median, type Row, spread } from "./row.ts";

const PAIRS = 15;
const WARMUP_MS = 100;
const MEASURED_MS = 300;
const TARGETS = { 1: 0.9, 100000: 0.6 } as const;
type Flows = keyof typeof TARGETS;

/**
 * The receiver (sequence, latency and inter-arrival histograms, sizes, protocols; with many flows also figures of each) against testpmd's rxonly, which only
 * frees what comes. Both are fed over memif by the generator on another CPU. memif passes the pressure back, so what the generator's port accepts is what the
 * receiver takes: the same count, of the same program, for both.
 *
 * The two CPUs of a virtual machine may be near to or far from each other, and that changes by the second. So turns are short, the receiver whose turn it
 * is not is frozen, and each ratio is that of two turns one after the other.
 */
export async function benchMemifStats(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const flows of [1, 100_000] as const) rows.push(await compare(flows));
  return rows;
}

async function compare(flows: Flows): Promise<Row> {
  await using nfs = await LoneNfs.open();
  const sink = await nfs.start("sink", TESTED_CPU, "stats", ...nfs.memif("ours", "server"));
  const ourFeeder = await nfs.start("gen", FEEDER_CPU, "pktgen", ...nfs.memif("ours", "client"));
  await ourFeeder.linked();
  await nfs.freeze("sink");
  await nfs.testpmd("testpmd", TESTED_CPU, "rxonly", ["theirs"]);
  const theirFeeder = await nfs.start("gen2", FEEDER_CPU, "pktgen", ...nfs.memif("theirs", "client"));
  await theirFeeder.linked();
  await nfs.freeze("testpmd");

  const ours: number[] = [];
  const theirs: number[] = [];
  const cycles: number[] = [];
  const empty: number[] = [];
  const measureOurs = async () => {
    await nfs.thaw("sink");
    await sink.call("start", { trial: 1, flows: { count: flows } });
    await startFeeder(ourFeeder, flows);
    const before = await sink.stats();
    await delay(MEASURED_MS);
    const after = await sink.stats();
    ours.push(await sentPps(ourFeeder));
    const { app } = await sink.stats();
    if (app.lost !== 0) throw new Error(`stats says that memif lost ${app.lost} packets`);
    cycles.push(busyCycles(before, after, (after.app.received ?? 0) - (before.app.received ?? 0)));
    empty.push(emptyShare(before, after));
    await nfs.freeze("sink");
  };
  const measureTheirs = async () => {
    await nfs.thaw("testpmd");
    await startFeeder(theirFeeder, flows);
    await delay(MEASURED_MS);
    theirs.push(await sentPps(theirFeeder));
    await nfs.freeze("testpmd");
  };
  for (let pair = 0; pair < PAIRS; pair += 1) {
    for (const measure of pair % 2 === 0 ? [measureOurs, measureTheirs] : [measureTheirs, measureOurs]) await measure();
  }
  await nfs.thaw("testpmd");
  const theirCycles = await nfs.testpmdCycles("testpmd");
  const ratios = ours.map((pps, i) => pps / (theirs[i] ?? Number.NaN));
  const mpps = (values: readonly number[]): string =>
    spread(
      values.map((pps) => pps / 1e6),
      1,
    );
  return {
    what: `stats against testpmd rxonly, fed over memif with ${flows} flow${flows === 1 ? "" : "s"}`,
    measured: `${spread(ratios)}x (Mpps: stats ${mpps(ours)}, testpmd ${mpps(theirs)}; busy cycles/packet: stats ${spread(cycles, 0)}, testpmd ${theirCycles.toFixed(0)} on the average; stats found its ring empty in ${(median(empty) * 100).toFixed(0)} % of its polls)`,
    target: `${TARGETS[flows]}x`,
    reached: median(ratios) >= TARGETS[flows],
  };
}

async function startFeeder(feeder: LoneNf, flows: Flows): Promise<void> {
  const params = { flows: { count: flows }, ratePps: 0, dstMac: "02:00:00:00:00:02" };
  await feeder.call("start", { ...params, trial: 2 });
  await delay(WARMUP_MS);
  await feeder.call("start", { ...params, trial: 1 });
}

/** Ends the trial; packets a second that the generator's port accepted. */
async function sentPps(feeder: LoneNf): Promise<number> {
  await feeder.call("stop");
  const { app, tscHz } = await feeder.stats();
  return ((app.sent ?? 0) * tscHz) / ((app.stopTsc ?? 0) - (app.startTsc ?? 0));
}
