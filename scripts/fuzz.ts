import { spawnSync } from "node:child_process";

/** `npm run fuzz [CASES]`: 100,000 made-up files and replies, or so many, where the unit suite looks at a few thousand. */
const [cases = "100000"] = process.argv.slice(2);
const { status } = spawnSync("vitest", ["run", "--project", "unit", "test/fuzz"], {
  stdio: "inherit",
  env: { ...process.env, COREBED_FUZZ_CASES: cases },
});
process.exitCode = status ?? 1;
