import { spawnSync } from "node:child_process";

/** Builds the NFs with AddressSanitizer and UndefinedBehaviorSanitizer in their image's build stage and runs the tests of images/nf/test on them. */
const TAG = "corebed/nf-test";

const base =
  docker(["image", "inspect", "corebed/base:bookworm"], "ignore") === 0
    ? ["--build-arg", "BASE=corebed/base:bookworm"]
    : [];
const built = docker(["build", "--quiet", "--target", "build", ...base, "--tag", TAG, "images/nf"], "inherit");
process.exitCode = built !== 0 ? built : docker(["run", "--rm", "--network", "none", TAG, "make", "check"], "inherit");

function docker(args: readonly string[], stdio: "ignore" | "inherit"): number {
  return spawnSync("docker", args, { stdio, timeout: 900_000 }).status ?? 1;
}
