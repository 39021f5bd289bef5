import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostFacts } from "../src/lab/host-facts.ts";
import { command } from "./command.ts";
import { median, type Row, spread } from "./row.ts";

const NFS = 1_000;
const RUNS = 5;

/** `corebed plan` for a file with 1,000 NFs, offline from saved host facts, as a whole process. */
export async function benchPlan(): Promise<readonly Row[]> {
  const directory = await mkdtemp(join(tmpdir(), "corebed-bench-"));
  try {
    const saved = JSON.parse((await command(["bin/corebed", "doctor", "--json"], [0, 69])).stdout) as {
      facts: HostFacts;
    };
    const cpus = Array.from({ length: 128 }, (_, cpu) => cpu);
    const facts = {
      ...saved.facts,
      cpus: { ...saved.facts.cpus, usable: cpus },
      hugePages: { ...saved.facts.hugePages, total: 1e6, free: 1e6 },
    };
    await writeFile(join(directory, "facts.json"), JSON.stringify(facts));
    await writeFile(join(directory, "large.yaml"), largeTopology());
    const runs = [];
    for (let run = 0; run < RUNS; run += 1) {
      const argv = ["bin/corebed", "plan", join(directory, "large.yaml"), "--facts", join(directory, "facts.json")];
      runs.push(await command(argv, [2]));
    }
    const seconds = runs.map((run) => run.wallMs / 1000);
    const mib = runs.map((run) => run.peakMib);
    return [
      {
        what: "plan for 1,000 NFs offline, time",
        measured: `${spread(seconds)} s`,
        target: "1 s",
        reached: median(seconds) <= 1,
      },
      {
        what: "the same, memory",
        measured: `${spread(mib, 0)} MiB`,
        target: "under 250 MB",
        reached: median(mib) * 1.048576 < 250,
      },
    ];
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** 250 chains of four NFs, spread over 100 CPUs. */
function largeTopology(): string {
  const names = Array.from({ length: NFS }, (_, i) => `nf${i}`);
  const app = (i: number): string => (i % 4 === 0 ? "pktgen" : i % 4 === 3 ? "stats" : "l2fwd");
  const onCpu = (cpu: number): string => names.filter((_, i) => i % 100 === cpu).join(", ");
  return [
    "name: large",
    "cores:",
    "  100: switch",
    ...Array.from({ length: 100 }, (_, cpu) => `  ${cpu}: [${onCpu(cpu)}]`),
    "nfs:",
    ...names.map((name, i) => `  ${name}: { app: ${app(i)} }`),
    "chains:",
    ...Array.from({ length: NFS / 4 }, (_, c) => `  chain${c}: [${names.slice(c * 4, c * 4 + 4).join(", ")}]`),
    "",
  ].join("\n");
}
