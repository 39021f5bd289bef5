import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { validateResult } from "../../../../src/measure/validate-result.ts";
import { junitProblems, readXml } from "../../report/junit-rules.ts";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

interface Action {
  readonly inputs: Readonly<Record<string, { readonly required?: boolean; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

interface Step {
  readonly id?: string;
  readonly shell?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

interface Job {
  readonly extends?: string;
  readonly script?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

function read<T>(path: string): T {
  return parse(readFileSync(join(ROOT, path), "utf8")) as T;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "corebed-templates-"));
  mkdirSync(join(folder, "bin"));
  symlinkSync(join(ROOT, "bin/corebed"), join(folder, "bin/corebed"));
  copyFileSync(join(ROOT, "examples/ci/gate.yaml"), join(folder, "gate.yaml"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function shell(argv: readonly string[], script: string, env: Readonly<Record<string, string>>) {
  const [program = "", ...args] = argv;
  const { NODE_OPTIONS = "" } = process.env;
  const done = spawnSync(program, [...args, script], {
    cwd: folder,
    encoding: "utf8",
    timeout: 60_000,
    env: { PATH: `${join(folder, "bin")}:/usr/bin:/bin`, NODE_OPTIONS, ...env },
  });
  return { code: done.status, told: `${done.stdout}\n${done.stderr}`, stdout: done.stdout };
}

function expectArtefacts(out: string): void {
  const result = validateResult(JSON.parse(readFileSync(join(folder, out, "result.json"), "utf8")));
  expect(result.ok && result.result.complete).toBe(true);
  expect(junitProblems(readXml(readFileSync(join(folder, out, "junit.xml"), "utf8")))).toEqual([]);
  for (const name of ["report.html", "summary.md", "comment.md", "doctor.json", "corebed.log"])
    expect(existsSync(join(folder, out, name)), name).toBe(true);
}

describe("the GitHub Action", () => {
  const action = read<Action>("action.yml");

  /** Runs its steps as the runner does: expressions filled in, environment files handed on. */
  function runAction(inputs: Readonly<Record<string, string>>) {
    for (const name of Object.keys(inputs)) expect(Object.keys(action.inputs)).toContain(name);
    const value = (expression: string): string => {
      const [, kind = "", name = ""] = /^\$\{\{ (inputs|github)\.([\w-]+) \}\}$/.exec(expression) ?? [];
      if (kind === "github") return ROOT;
      expect(Object.keys(action.inputs), expression).toContain(name);
      return inputs[name] ?? action.inputs[name]?.default ?? "";
    };
    const files = { GITHUB_OUTPUT: "output", GITHUB_STEP_SUMMARY: "step-summary", GITHUB_PATH: "path" };
    const paths = Object.fromEntries(Object.entries(files).map(([key, name]) => [key, join(folder, name)]));
    const told: string[] = [];
    let code: number | null = 0;
    for (const step of action.runs.steps) {
      if (code !== 0) break;
      const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([key, text]) => [key, value(text)]));
      const env = { GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: folder, RUNNER_TEMP: folder, ...paths, ...own };
      const done = shell(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"], step.run ?? "", env);
      code = done.code;
      told.push(done.told);
    }
    const text = (name: string): string =>
      existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "";
    return { code, told: told.join("\n"), outputs: text("output"), summary: text("step-summary"), path: text("path") };
  }

  test("takes nothing from outside, and gives the outputs that it names", () => {
    expect(action.runs.using).toBe("composite");
    expect(action.runs.steps.filter(({ uses }) => uses !== undefined)).toEqual([]);
    expect(action.runs.steps.every(({ shell: name }) => name === "bash")).toBe(true);
    const ids = action.runs.steps.flatMap(({ id }) => id ?? []);
    for (const { value } of Object.values(action.outputs))
      expect(ids).toContain(/^\$\{\{ steps\.(\w+)\.outputs\./.exec(value)?.[1]);
    // An input that stood in a script as it is could be a script of its own.
    for (const { run } of action.runs.steps) expect(run).not.toContain("${{");
  });

  test("measures, and hands summary and outputs over", () => {
    const { code, told, outputs, summary, path } = runAction({
      file: "gate.yaml",
      args: "--simulate --seed 1",
      out: "my out",
    });
    expect(code, told).toBe(0);
    expectArtefacts("my out");
    expect(outputs).toBe("folder=my out\nexit-code=0\n");
    expect(summary).toMatch(/^## corebed ci: ci-gate passed/);
    // The runner's own corebed was there, so nothing was installed.
    expect(path).toBe("");
    expect(told).not.toContain("::notice");
  });

  test("a broken expectation fails the step, with an annotation at its line", () => {
    const text = readFileSync(join(folder, "gate.yaml"), "utf8").replace(">= 500kpps", ">= 500Mpps");
    const { code, told, outputs } = runAction({ file: withText("lab.yaml", text), args: "--simulate" });
    expect(code, told).toBe(1);
    expect(outputs).toContain("exit-code=1\n");
    const line = text.split("\n").findIndex((part) => part.includes("500Mpps")) + 1;
    expect(told).toMatch(new RegExp(`^::error file=lab\\.yaml,line=${line},col=5,.*Expectation broken`, "m"));
  });

  test("goes on without a baseline that is not there yet, and uses one that is", () => {
    const first = runAction({ file: "gate.yaml", args: "--simulate", baseline: "baseline.json" });
    expect(first.code, first.told).toBe(0);
    expect(first.told).toContain("::notice title=corebed ci::There is no baseline baseline.json yet.");
    copyFileSync(join(folder, "corebed-ci/result.json"), join(folder, "baseline.json"));
    const second = runAction({ file: "gate.yaml", args: "--simulate", baseline: "baseline.json" });
    expect(second.code, second.told).toBe(0);
    expect(readFileSync(join(folder, "corebed-ci/result.json"), "utf8")).toContain('"baseline"');
  });

  test("an ordinary user's job goes through sudo, with what GitHub gave it, and gets its files back", () => {
    script("id", "echo 1000");
    // As the real one does, it hands nothing of the environment on.
    script("sudo", 'echo "sudo $2" >> sudo.log; shift; exec env -i PATH=/usr/bin:/bin "$@"');
    script("chown", 'echo "chown $*" >> sudo.log');
    script("corebed", 'echo "$@"; echo "summary $GITHUB_STEP_SUMMARY, actions $GITHUB_ACTIONS"; exit 1');
    const { code, told, outputs } = runAction({ file: "a b.yaml", args: "--fold-cores", "time-limit": "9m" });
    expect(code, told).toBe(1);
    expect(told).toContain("ci a b.yaml --out corebed-ci --wait 30m --time-limit 9m --fold-cores\n");
    expect(told).toContain(`summary ${join(folder, "step-summary")}, actions true\n`);
    expect(outputs).toContain("exit-code=1\n");
    expect(readFileSync(join(folder, "sudo.log"), "utf8")).toBe("sudo env\nsudo chown\n");
  });

  test("a job that is cancelled has corebed end in order", () => {
    cancelledCorebed("INT");
    const { code, told, outputs } = runAction({ file: "gate.yaml" });
    expect(told).toContain("at work\nlabs are gone\n");
    expect(outputs).toContain("exit-code=130\n");
    expect(code).toBe(130);
  });

  test("the example workflow gives it inputs that it has", () => {
    const workflow = read<{ readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>> }>(
      "examples/ci/github-workflow.yaml",
    );
    const uses = Object.values(workflow.jobs)
      .flatMap(({ steps }) => steps)
      .filter((step) => step.uses?.startsWith("OWNER/corebed@"));
    expect(uses).toHaveLength(2);
    for (const step of uses) {
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})));
      expect(existsSync(join(ROOT, step.with?.file ?? "")), step.with?.file).toBe(true);
    }
  });
});

describe("the GitLab template", () => {
  const template = read<Readonly<Record<string, Job>>>("ci-templates/gitlab.yml");
  const job = template[".corebed-ci"] as Job;

  function runJob(variables: Readonly<Record<string, string>>) {
    for (const name of Object.keys(variables)) expect(Object.keys(job.variables ?? {})).toContain(name);
    return shell(["sh", "-ec"], (job.script ?? []).join("\n"), { ...job.variables, ...variables });
  }

  test("measures, and leaves the artefacts where the template says", () => {
    const { code, told } = runJob({ COREBED_FILE: "gate.yaml", COREBED_ARGS: "--simulate --seed 1" });
    expect(code, told).toBe(0);
    expectArtefacts("corebed-ci");
    expect(job).toMatchObject({
      artifacts: { when: "always", paths: ["corebed-ci/"], reports: { junit: "corebed-ci/junit.xml" } },
      retry: { exit_codes: 75 },
    });
  });

  test("passes the exit code on, and goes on without a baseline that is not there yet", () => {
    const { code, told } = runJob({
      COREBED_FILE: "none.yaml",
      COREBED_ARGS: "--simulate",
      COREBED_BASELINE: "b.json",
    });
    expect(code, told).toBe(65);
    expect(told).toContain("There is no baseline b.json yet.");
  });

  test("a job that is cancelled has corebed end in order", () => {
    cancelledCorebed("TERM");
    const { code, told } = runJob({ COREBED_FILE: "gate.yaml" });
    expect(told).toContain("at work\nlabs are gone\n");
    expect(code).toBe(130);
  });

  test("the example extends it with variables that it has", () => {
    const example = read<Readonly<Record<string, Job>>>("examples/ci/gitlab-ci.yaml");
    const extending = Object.values(example).filter((other) => other.extends !== undefined);
    expect(extending).toHaveLength(2);
    for (const other of extending) {
      expect(other.extends).toBe(".corebed-ci");
      expect(Object.keys(job.variables ?? {})).toEqual(expect.arrayContaining(Object.keys(other.variables ?? {})));
      expect(existsSync(join(ROOT, other.variables?.COREBED_FILE ?? ""))).toBe(true);
    }
  });
});

/** Puts a script of that name before all others. */
function script(name: string, text: string): void {
  rmSync(join(folder, "bin", name), { force: true });
  writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/** A corebed whose job is cancelled as soon as it is at work: only the shell gets the signal. It ends in order when it is asked to, and takes a moment for it. */
function cancelledCorebed(signal: "INT" | "TERM"): void {
  const end = 'trap "sleep 0.3; echo labs are gone; exit 130" TERM';
  script("corebed", `${end}\necho at work\nkill -${signal} $PPID\nwhile :; do sleep 0.05; done`);
}

function withText(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}
