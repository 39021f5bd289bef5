import type { Result } from "../src/measure/result.ts";
import { command } from "./command.ts";
import type { Row } from "./row.ts";

/** vhost-user against docker bridge, and what vhost-user loses between the generator's port and the receiver. */
export async function benchCompare(): Promise<readonly Row[]> {
  const argv = ["bin/corebed", "compare", "topologies/pktgen-stats.yaml", "--fold-cores", "--repeats", "9", "--json"];
  const result = JSON.parse((await command(argv, [0, 1])).stdout) as Result;
  const arm = result.arms.find((candidate) => candidate.datapath === "vhost-user");
  const ratio = arm?.comparison?.ratio ?? 0;
  const interval = arm?.comparison?.interval;
  const loss = arm?.lossRatio?.median ?? 1;
  return [
    {
      what: "vhost-user against docker bridge, 64 B, delivered packets/s",
      measured: `${ratio.toFixed(1)}x (95 % interval ${interval?.low.toFixed(1)}x to ${interval?.high.toFixed(1)}x, n=9)`,
      target: "8x",
      reached: ratio >= 8,
    },
    {
      what: "loss between what vhost-user accepted and what the sink counted, shared core",
      measured: `${(loss * 100).toFixed(3)} % (${((arm?.lossRatio?.min ?? 1) * 100).toFixed(3)} to ${((arm?.lossRatio?.max ?? 1) * 100).toFixed(3)})`,
      target: "under 0.1 %",
      reached: loss < 0.001,
    },
  ];
}
