import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { matrixJobs } from "../../../../src/cli/ci/matrix.ts";

const REPOSITORY = fileURLToPath(new URL("../../../../", import.meta.url));

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function corebed(...args: readonly string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(`${REPOSITORY}bin/corebed`, [...args], { cwd: REPOSITORY }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
  });
}

const FILES = ["examples/ci/gate.yaml", "topologies/pktgen-stats.yaml"];
const OPTIONS = [
  "--runner",
  "rig7",
  "--runner",
  "bare-metal,rig8",
  "--fold-cores",
  "--trials",
  "10",
  "--time-limit",
  "30m",
];

test("GitHub gets a matrix whose entries are the action's inputs", async () => {
  const { code, stdout, stderr } = await corebed("ci", ...FILES, "--matrix", "github", ...OPTIONS);
  expect(code, stderr).toBe(0);
  expect(stdout.trim()).not.toContain("\n");
  await expect(JSON.stringify(JSON.parse(stdout), undefined, 2)).toMatchFileSnapshot("golden/matrix-github.json");
});

test("GitLab gets jobs like the template's", async () => {
  const { code, stdout, stderr } = await corebed("ci", ...FILES, "--matrix", "gitlab", ...OPTIONS, "--wait", "2h");
  expect(code, stderr).toBe(0);
  expect(Object.keys(parse(stdout) as object)).toHaveLength(4);
  await expect(stdout).toMatchFileSnapshot("golden/matrix-gitlab.yaml");
});

test("files that share a lab's name get jobs of different names, and without runners the CI system chooses", () => {
  const jobs = matrixJobs(
    [
      { path: "a/lab.yaml", name: "lab" },
      { path: "b/lab.yaml", name: "lab" },
    ],
    [],
  );
  expect(jobs.map(({ name }) => name)).toEqual(["lab (a/lab.yaml)", "lab (b/lab.yaml)"]);
});

test("a file that is wrong, several files without --matrix, and a runner without it are refused", async () => {
  const [absent, several, runner] = await Promise.all([
    corebed("ci", "none.yaml", "--matrix", "github"),
    corebed("ci", ...FILES, "--simulate"),
    corebed("ci", "examples/ci/gate.yaml", "--runner", "rig7", "--simulate"),
  ]);
  expect(absent.code).toBe(65);
  expect(several).toMatchObject({ code: 64, stdout: "" });
  expect(several.stderr).toContain("--matrix writes a job for each of several");
  expect(runner.code).toBe(64);
}, 60_000);
