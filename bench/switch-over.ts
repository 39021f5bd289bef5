import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "./command.ts";
import { median, type Row, spread } from "./row.ts";

const ROUNDS = 5;
const LAB = "bench-switch-over";

/** `corebed apply` of a 2-NF lab's file after its datapath was changed from docker-bridge to vhost-user, as a whole process. */
export async function benchSwitchOver(): Promise<readonly Row[]> {
  const directory = await mkdtemp(join(tmpdir(), "corebed-bench-"));
  const file = join(directory, "lab.yaml");
  const apply = async (datapath: string): Promise<number> => {
    await writeFile(file, topology(datapath));
    return (await command(["bin/corebed", "apply", file, "--fold-cores", "--yes"])).wallMs;
  };
  const took: number[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      await apply("docker-bridge");
      took.push(await apply("vhost-user"));
    }
  } finally {
    await command(["bin/corebed", "destroy", LAB]);
    await rm(directory, { recursive: true });
  }
  return [
    {
      what: "switching a 2-NF lab from docker-bridge to vhost-user, apply of the changed file",
      measured: `${spread(took.map((ms) => ms / 1000))} s`,
      target: "5 s",
      reached: median(took) <= 5_000,
    },
  ];
}

function topology(datapath: string): string {
  return `name: ${LAB}
cores: { 0: switch, 1: gen, 2: sink }
nfs: { gen: { app: pktgen }, sink: { app: stats } }
chains: { main: [gen, sink] }
datapath: ${datapath}
`;
}
