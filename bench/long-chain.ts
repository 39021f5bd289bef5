import type { Result } from "../src/measure/result.ts";
import { command } from "./command.ts";
import type { Row } from "./row.ts";

/** A chain of 12 NFs on one shared core comes up, passes traffic and goes without a trace. */
export async function benchLongChain(): Promise<readonly Row[]> {
  const argv = ["bin/corebed", "run", "topologies/long-chain.yaml", "--fold-cores", "--trials", "3", "--json"];
  const run = await command(argv, [0, 1]);
  const arm = (JSON.parse(run.stdout) as Result).arms[0];
  const left = await command(["bin/corebed", "status", "--json"]);
  const { labs } = JSON.parse(left.stdout) as { readonly labs: readonly unknown[] };
  const pps = arm?.throughputPps?.median ?? 0;
  return [
    {
      what: "a chain of 12 NFs on one shared core over vhost-user",
      measured: `${(pps / 1e3).toFixed(0)} kpps delivered, ${((arm?.lossRatio?.median ?? 1) * 100).toFixed(2)} % lost, ${labs.length} labs left, ${(run.wallMs / 1000).toFixed(0)} s in all`,
      target: "passes traffic, leaves nothing",
      reached: pps > 0 && labs.length === 0,
    },
  ];
}
