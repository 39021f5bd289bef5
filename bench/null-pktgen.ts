import { imageReferences } from "../src/setup/image-sources.ts";
import { command } from "./command.ts";
import type { Row } from "./row.ts";

const REPEATS = 7;
const SECONDS = 1;

interface Measured {
  readonly pktgenPps: number;
  readonly manyFlowsPps: number;
  readonly testpmdPps: number;
  readonly ratio: number;
  readonly ratios: readonly number[];
  readonly manyFlowsRatio: number;
  readonly manyFlowsRatios: readonly number[];
}

/** pktgen, with sequence number and stamp in every packet, against testpmd's txonly, all into the null driver on CPU 1 and in turns. */
export async function benchNullPktgen(): Promise<readonly Row[]> {
  process.env.NF_IMAGE = (await imageReferences()).find((image) => image.name === "nf")?.reference;
  const { stdout } = await command(["bench/by-hand/null-pktgen.sh", "1", "0", String(REPEATS), String(SECONDS)]);
  const measured = JSON.parse(stdout) as Measured;
  const { ratio, ratios, pktgenPps, testpmdPps, manyFlowsRatio, manyFlowsRatios, manyFlowsPps } = measured;
  return [
    row("64 B, 1 flow", { ratio, ratios, ours: pktgenPps, theirs: testpmdPps, target: 1.5 }),
    row("64 B, 100,000 flows", {
      ratio: manyFlowsRatio,
      ratios: manyFlowsRatios,
      ours: manyFlowsPps,
      theirs: testpmdPps,
      target: 1,
    }),
  ];
}

interface Compared {
  readonly ratio: number;
  readonly ratios: readonly number[];
  readonly ours: number;
  readonly theirs: number;
  readonly target: number;
}

function row(traffic: string, { ratio, ratios, ours, theirs, target }: Compared): Row {
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  const mpps = (pps: number): string => (pps / 1e6).toFixed(1);
  return {
    what: `pktgen into the null driver, ${traffic}, against testpmd txonly with one flow`,
    measured: `${ratio.toFixed(2)}x (${low.toFixed(2)} to ${high.toFixed(2)}, n=${ratios.length}; ${mpps(ours)} against ${mpps(theirs)} Mpps)`,
    target: `${target}x`,
    reached: ratio >= target,
  };
}
