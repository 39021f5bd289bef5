import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readResult } from "../src/cli/result-file.ts";
import { command } from "./command.ts";
import type { Row } from "./row.ts";
import { writeLab } from "./write-lab.ts";

const MEGABYTE = 1e6;
const READS = 5;

/** The result file of a real sweep of two hundred trials: its size, and how long it takes to read and check it. */
export async function benchResultFile(): Promise<readonly Row[]> {
  const directory = await mkdtemp(join(tmpdir(), "corebed-bench-"));
  try {
    const sweep = "sweep: { frame: [64, 128, 256, 512], flows: [1, 10, 100, 1000, 10000] }";
    const file = await writeLab(
      directory,
      `traffic: { duration: 100ms, warmup: 0ms }\nmeasure: { method: max, trials: 10 }\n${sweep}`,
    );
    const out = join(directory, "result.json");
    await command(["bin/corebed", "sweep", file, "--fold-cores", "--out", out], [0, 1]);
    const { size } = await stat(out);
    const times: number[] = [];
    let trials = 0;
    for (let read = 0; read < READS; read++) {
      const before = performance.now();
      const result = await readResult(out);
      times.push(performance.now() - before);
      trials = result.arms.reduce((sum, arm) => sum + arm.trials.length, 0);
    }
    const fastest = Math.min(...times) / 1000;
    const perTrials = 200 / Math.max(1, trials);
    return [
      {
        what: `result file of a sweep of 200 trials (${trials} with repeats)`,
        measured: `${((size * perTrials) / MEGABYTE).toFixed(2)} MB`,
        target: "under 5 MB",
        reached: size * perTrials < 5 * MEGABYTE,
      },
      {
        what: "reading and checking it",
        measured: `${fastest.toFixed(2)} s (best of ${READS})`,
        target: "under 0.5 s",
        reached: fastest < 0.5,
      },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
