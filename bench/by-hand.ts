import type { Result } from "../src/measure/result.ts";
import { imageReferences } from "../src/setup/image-sources.ts";
import { command } from "./command.ts";
import { median, type Row, spread } from "./row.ts";

const PAIRS = 7;

/** Delivered packets/s through corebed against the same images started by a script that an engineer wrote (bench/by-hand/vhost-user.sh). */
export async function benchByHand(): Promise<readonly Row[]> {
  for (const { name, reference } of await imageReferences()) {
    process.env[name === "switch" ? "SWITCH_IMAGE" : "NF_IMAGE"] = reference;
  }
  const ours: number[] = [];
  const byHand: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const both = [async () => ours.push(await throughCorebed()), async () => byHand.push(await throughScript())];
    for (const measure of pair % 2 === 0 ? both : both.toReversed()) await measure();
  }
  const ratio = median(ours) / median(byHand);
  return [
    {
      what: "vhost-user delivered packets/s through corebed against a hand-written script",
      measured: `${ratio.toFixed(2)} of ${PAIRS} runs each (Mpps: corebed ${spread(ours.map((pps) => pps / 1e6))}, script ${spread(byHand.map((pps) => pps / 1e6))})`,
      target: "0.97",
      reached: ratio >= 0.97,
    },
  ];
}

async function throughCorebed(): Promise<number> {
  const argv = ["bin/corebed", "run", "topologies/pktgen-stats.yaml", "--fold-cores", "--trials", "1", "--json"];
  const result = JSON.parse((await command(argv, [0, 1])).stdout) as Result;
  return result.arms[0]?.throughputPps?.median ?? 0;
}

async function throughScript(): Promise<number> {
  const { stdout } = await command(["bench/by-hand/vhost-user.sh", "0", "1", "1", "2"]);
  return (JSON.parse(stdout) as { readonly deliveredPps: number }).deliveredPps;
}
