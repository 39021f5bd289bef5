import { setTimeout as delay } from "node:timers/promises";
import { busyCycles, emptyShare, FEEDER_CPU, type LoneNf, LoneNfs, TESTED_CPU } from "./lone-nf.ts";
import { median, type Row, spread } from "./row.ts";

const PAIRS = 15;
const WARMUP_MS = 100;
const MEASURED_MS = 300;
const TARGET = 1;

/**
 * The forwarder (addresses swapped) against testpmd's macswap, each alone on a CPU between two memif ports. Generator and receiver are one process on the other CPU
 * (`pktgen --also stats`), which sends into the one port and takes what comes from the other, so both forwarders have the same neighbour and nothing is lost to
 * a change of processes. What is compared is what came back. Turns are short and in pairs, as in memif-stats.ts.
 */
export async function benchMemifL2fwd(): Promise<readonly Row[]> {
  await using nfs = await LoneNfs.open();
  const forwarder = await nfs.start(
    "fwd",
    TESTED_CPU,
    "l2fwd",
    ...nfs.memif("a", "server"),
    ...nfs.memif("b", "server"),
  );
  const ourEnds = await startEnds(nfs, "ends", "a", "b");
  await nfs.freeze("fwd");
  await nfs.testpmd("testpmd", TESTED_CPU, "macswap", ["c", "d"]);
  const theirEnds = await startEnds(nfs, "ends2", "c", "d");
  await nfs.freeze("testpmd");

  const ours: number[] = [];
  const theirs: number[] = [];
  const cycles: number[] = [];
  const empty: number[] = [];
  const measureOurs = async () => {
    await nfs.thaw("fwd");
    await forwarder.call("start", { trial: 1, mode: "macswap" });
    const before = await forwarder.stats();
    ours.push(await roundPps(ourEnds));
    const after = await forwarder.stats();
    const received = (index: number) => (after.ports[index]?.rxPackets ?? 0) - (before.ports[index]?.rxPackets ?? 0);
    cycles.push(busyCycles(before, after, received(0) + received(1)));
    empty.push(emptyShare(before, after));
    await nfs.freeze("fwd");
  };
  const measureTheirs = async () => {
    await nfs.thaw("testpmd");
    theirs.push(await roundPps(theirEnds));
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
  return [
    {
      what: "l2fwd (addresses swapped) against testpmd macswap, between two memif ports",
      measured: `${spread(ratios)}x (Mpps: l2fwd ${mpps(ours)}, testpmd ${mpps(theirs)}; busy cycles/packet: l2fwd ${spread(cycles, 0)}, testpmd ${theirCycles.toFixed(0)} on the average; l2fwd found its rings empty in ${(median(empty) * 100).toFixed(0)} % of its polls)`,
      target: `${TARGET}x`,
      reached: median(ratios) >= TARGET,
    },
  ];
}

async function startEnds(nfs: LoneNfs, name: string, from: string, to: string): Promise<LoneNf> {
  const ports = [...nfs.memif(from, "client"), ...nfs.memif(to, "client")];
  const ends = await nfs.start(name, FEEDER_CPU, "pktgen", "--also", "stats", ...ports);
  await ends.linked();
  return ends;
}

/** Packets a second that went round. */
async function roundPps(ends: LoneNf): Promise<number> {
  const params = { ratePps: 0, dstMac: "02:00:00:00:00:02" };
  await ends.call("start", { ...params, trial: 2 });
  await delay(WARMUP_MS);
  await ends.call("start", { ...params, trial: 1 });
  const before = await ends.stats();
  await delay(MEASURED_MS);
  const after = await ends.stats();
  await ends.call("stop");
  const packets = (after.reverse?.received ?? 0) - (before.reverse?.received ?? 0);
  return (packets * after.tscHz) / (after.tsc - before.tsc);
}
