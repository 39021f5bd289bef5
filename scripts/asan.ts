import { spawnSync } from "node:child_process";

/**
 * `asan.ts [CASES]`: builds the NFs with AddressSanitizer and UndefinedBehaviorSanitizer in their image's build stage and runs the tests of images/nf/test on them, with so
 * many made-up requests to each control socket, and so many captures, instead of some thousands.
 */
const TAG = "corebed/nf-test";
const LIMIT_MS = 900_000;
/** Of a case of every kind together, on a slow machine. */
const CASE_MS = 100;

const [cases] = process.argv.slice(2);
if (cases !== undefined && !/^[1-9]\d*$/.test(cases)) throw new Error(`not a number of cases: ${cases}`);
const { COREBED_FUZZ_SEED: seed } = process.env;

const base =
  docker(["image", "inspect", "corebed/base:bookworm"], "ignore") === 0
    ? ["--build-arg", "BASE=corebed/base:bookworm"]
    : [];
const built = docker(["build", "--quiet", "--target", "build", ...base, "--tag", TAG, "images/nf"], "inherit");
const asked = [
  ...(cases === undefined ? [] : ["--env", `FUZZ_CASES=${cases}`, "--env", `CAPTURE_CASES=${cases}`]),
  ...(seed === undefined ? [] : ["--env", `FUZZ_SEED=${seed}`]),
];
process.exitCode =
  built !== 0 ? built : docker(["run", "--rm", "--network", "none", ...asked, TAG, "make", "check"], "inherit");

function docker(args: readonly string[], stdio: "ignore" | "inherit"): number {
  return spawnSync("docker", args, { stdio, timeout: LIMIT_MS + Number(cases ?? 0) * CASE_MS }).status ?? 1;
}
