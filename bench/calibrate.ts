import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readResult } from "../src/cli/result-file.ts";
import { selfComparisons } from "../src/measure/self-comparisons.ts";
import { command } from "./command.ts";
import type { Row } from "./row.ts";
import { writeLab } from "./write-lab.ts";

const COMPARISONS = 40;
const TRIALS = 5;

/** How often this host makes corebed call equals different: forty comparisons of a lab with its twin, without a noise floor. */
export async function benchCalibrate(): Promise<readonly Row[]> {
  const directory = await mkdtemp(join(tmpdir(), "corebed-bench-"));
  try {
    const file = await writeLab(directory, "traffic: { duration: 200ms, warmup: 100ms }");
    const out = join(directory, "result.json");
    const counts = ["--comparisons", String(COMPARISONS), "--trials", String(TRIALS)];
    process.env.COREBED_STATE_DIRECTORY = directory;
    await command(["bin/corebed", "calibrate", file, "--fold-cores", ...counts, "--out", out, "--json"], [0]);
    const result = await readResult(out);
    const comparisons = selfComparisons(result, TRIALS);
    const called = comparisons.filter(({ verdict }) => verdict === "better" || verdict === "worse").length;
    const scraped = result.arms[2]?.comparison;
    return [
      {
        what: "comparisons of a lab with its twin that call a difference",
        measured: `${called} of ${comparisons.length} (n=${TRIALS} trials each)`,
        target: "under 5 %",
        reached: called < 0.05 * comparisons.length,
      },
      {
        what: "delivered while scraped once a second, against the same lab unscraped",
        measured: `${scraped?.ratio?.toFixed(3)}x (95 % interval ${scraped?.interval?.low.toFixed(3)} to ${scraped?.interval?.high.toFixed(3)}, verdict ${scraped?.verdict})`,
        target: "not worse",
        reached: scraped?.verdict !== "worse",
      },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
