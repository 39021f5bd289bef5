import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ARTEFACTS } from "../../../../src/cli/ci/artefacts.ts";
import { type CiOptions, DEFAULT_WAIT_MS } from "../../../../src/cli/ci/options.ts";
import { runCi } from "../../../../src/cli/ci/run-ci.ts";
import { Exit } from "../../../../src/cli/exit.ts";
import { validateResult } from "../../../../src/measure/validate-result.ts";
import { example } from "../../lab/make-lab.ts";
import { spreadText } from "../../lab/spread-text.ts";
import { junitProblems, readXml, testCases } from "../../report/junit-rules.ts";
import { captureOutput } from "../capture-output.ts";

const GATE = example("pktgen-stats.yaml");
const ALL = Object.values(ARTEFACTS).toSorted();

let folder: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "corebed-ci-"));
  out = join(folder, "out");
  for (const name of ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"]) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Runs the whole of it on the model, in this process. */
async function ci(text: string, options: Partial<CiOptions> = {}) {
  const file = join(folder, "lab.yaml");
  await writeFile(file, text);
  using output = captureOutput();
  const code = await runCi(file, { out, wait: DEFAULT_WAIT_MS, simulate: true, seed: 7, ...options });
  return { code, stdout: output.out, stderr: output.err };
}

function artefact(name: string): Promise<string> {
  return readFile(join(out, name), "utf8");
}

async function result() {
  const checked = validateResult(JSON.parse(await artefact("result.json")));
  if (!checked.ok) throw new Error(checked.problems.join("\n"));
  return checked.result;
}

describe("what is measured", () => {
  test.each([
    ["compare", GATE],
    ["run", GATE.replace(/^compare:.*$/m, "").replace(/^ {2}- throughput.*$/m, "  - throughput >= 1kpps")],
    ["sweep", example("chain-length.yaml")],
  ])("%s, if the file asks for it", async (kind, text) => {
    const { code, stderr } = await ci(text);
    expect(code, stderr).toBe(0);
    expect((await result()).kind).toBe(kind);
    expect((await readdir(out)).sort()).toEqual(ALL);
  });

  test("trials, order and seed of the command line", async () => {
    await ci(GATE, { trials: 2, order: "random", seed: 99 });
    expect(await result()).toMatchObject({ orderKind: "random", seed: 99 });
    expect((await result()).arms.map(({ trials }) => trials.length)).toEqual([2, 2]);
  });
});

describe("exit codes and what is left behind", () => {
  test("all as expected: 0, with every text saying that a model was measured", async () => {
    const { code, stdout } = await ci(GATE);
    expect(code).toBe(0);
    expect(stdout).toContain(`corebed ci: pktgen-stats passed (SIMULATED): the expectation holds\nArtefacts: ${out}\n`);
    for (const name of ["summary.md", "comment.md", "report.html", "junit.xml", "corebed.log"])
      expect(await artefact(name), name).toContain("SIMULATED");
  });

  test("a broken expectation: 1, told in all forms", async () => {
    const { code, stdout } = await ci(GATE.replace(">= 5 *", ">= 5000 *"));
    expect(code).toBe(1);
    expect(stdout).toContain("corebed ci: pktgen-stats failed (SIMULATED): the expectation is broken");
    const failed = testCases(readXml(await artefact("junit.xml"))).filter(({ children }) =>
      children.some(({ name }) => name === "failure"),
    );
    expect(failed.map(({ attributes }) => attributes.name)).toEqual([
      "expect throughput(vhost-user) >= 5000 * throughput(docker-bridge)",
    ]);
    expect(await artefact("annotations.txt")).toMatch(/^::error file=.*lab\.yaml,line=\d+,col=5,.*\n$/);
    expect(await artefact("comment.md")).toMatch(/- throughput\(vhost-user\) >= 5000 .*: .* is not >= /);
    // Nobody but GitHub reads annotations.
    expect(stdout).not.toContain("::error");
  });

  test("a wrong file: 65, with every error in every form, and nothing of an earlier run", async () => {
    await ci(GATE);
    const { code, stderr } = await ci(GATE.replace("app: pktgen", "app: pktgn").replace("app: stats", "app: stat"));
    expect(code).toBe(65);
    expect(stderr).toContain('cannot be "pktgn"');
    expect((await readdir(out)).sort()).toEqual(
      ALL.filter((name) => !["result.json", "report.html", "doctor.json"].includes(name)),
    );
    expect((await artefact("annotations.txt")).match(/^::error /gm)).toHaveLength(2);
    const junit = await artefact("junit.xml");
    expect(junitProblems(readXml(junit))).toEqual([]);
    for (const word of ["pktgn", '"stat"']) {
      expect(await artefact("comment.md")).toContain(word);
      expect(testCases(readXml(junit))[0]?.children[0]?.text).toContain(word);
    }
    expect(await artefact("corebed.log")).toContain('cannot be "pktgn"');
  });

  test("a lab over several hosts has no model: 65, and the report says so", async () => {
    const { code, stderr } = await ci(spreadText());
    expect(code).toBe(65);
    expect(stderr).toContain("there is no model of tunnels between hosts, and this lab is on 2 hosts");
    expect(junitProblems(readXml(await artefact("junit.xml")))).toEqual([]);
  });

  test("what the host cannot do: 65, at the line that asks for it", async () => {
    const { code } = await ci(GATE.replace("2: sink", "200: sink"));
    expect(code).toBe(65);
    const line = GATE.split("\n").findIndex((text) => text.includes("2: sink")) + 1;
    expect(await artefact("annotations.txt")).toContain(`line=${line},`);
    expect(await artefact("summary.md")).toContain("in stage doctor");
  });

  test("a baseline of another file: 65, before anything is measured", async () => {
    await ci(GATE, { trials: 2 });
    const baseline = join(folder, "baseline.json");
    await writeFile(baseline, await artefact("result.json"));
    const refused = await ci(GATE.replace("frame: 64", "frame: 512"), { baseline });
    expect(refused.code).toBe(65);
    expect(refused.stderr).toContain("is no baseline for this comparison");
    expect(refused.stderr).not.toContain("delivered");
    const anyway = await ci(GATE.replace("frame: 64", "frame: 512"), { baseline, anyway: true });
    expect(anyway.code, anyway.stderr).toBe(0);
    expect((await result()).baseline?.file).toBe(baseline);
  });

  test("a folder that cannot be: told, and no run", async () => {
    await writeFile(join(folder, "file"), "");
    const failed = ci(GATE, { out: join(folder, "file/out") });
    await expect(failed).rejects.toBeInstanceOf(Exit);
    await expect(failed).rejects.toMatchObject({ code: 69, message: expect.stringContaining("--out") });
  });
});

describe("for programs and CI systems", () => {
  test("--json: one document, with the outcome, the stages and the result", async () => {
    vi.stubEnv("GITHUB_ACTIONS", "true");
    const { code, stdout, stderr } = await ci(GATE.replace(">= 5 *", ">= 5000 *"), { json: true });
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({ schema: "corebed/ci/1", passed: false, exitCode: code, folder: out });
    expect(document.stages.map(({ name }: { name: string }) => name)).toEqual([
      "validate",
      "doctor",
      "measure",
      "destroy",
      "report",
    ]);
    expect(validateResult(document.result).ok).toBe(true);
    expect(stderr).toMatch(/^::error /m);
  });

  test("GitHub gets the annotations, with files from the root of the repository, and the summary", async () => {
    const summary = join(folder, "summary");
    await writeFile(summary, "of an earlier step\n");
    vi.stubEnv("GITHUB_ACTIONS", "true");
    vi.stubEnv("GITHUB_WORKSPACE", folder);
    vi.stubEnv("GITHUB_STEP_SUMMARY", summary);
    const { stdout } = await ci(GATE.replace(">= 5 *", ">= 5000 *"));
    expect(stdout).toMatch(/^::error file=lab\.yaml,line=\d+,/m);
    expect(await readFile(summary, "utf8")).toMatch(/^of an earlier step\n## corebed ci: pktgen-stats failed/);
  });

  test("a step summary that cannot be written fails nothing", async () => {
    await mkdir(join(folder, "directory"));
    vi.stubEnv("GITHUB_STEP_SUMMARY", join(folder, "directory"));
    const { code, stderr } = await ci(GATE);
    expect(code).toBe(0);
    expect(stderr).toMatch(/note: the step summary .* cannot be written \(EISDIR\)/);
  });

  test("metrics that cannot be delivered are told, and everything else is there", async () => {
    const { code, stderr } = await ci(GATE, { textfile: join(folder, "no/such/place.prom") });
    expect(code).toBe(69);
    expect(stderr).toContain("cannot write");
    expect((await readdir(out)).sort()).toEqual(ALL);
  });
});
