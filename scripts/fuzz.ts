import { spawnSync } from "node:child_process";

/**
 * `npm run fuzz [CASES]`: 100,000 made-up files and replies, or so many, where the unit suite looks at a few thousand; then as many requests to the control socket of
 * each NF, and as many captures, under AddressSanitizer.
 */

/** Memory without bounds shows as the end of the process, long before the machine has no more. */
const HEAP_MIB = 512;

const [cases = "100000"] = process.argv.slice(2);
const ran = [
  run(["vitest", "run", "--project", "unit", "test/fuzz"], {
    COREBED_FUZZ_CASES: cases,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --max-old-space-size=${HEAP_MIB}`.trim(),
  }),
  run(["node", "scripts/asan.ts", cases], {}),
];
process.exitCode = ran.find((status) => status !== 0) ?? 0;

function run([command = "", ...args]: readonly string[], env: NodeJS.ProcessEnv): number {
  return spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...env } }).status ?? 1;
}
