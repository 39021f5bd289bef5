import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TopologyInput } from "../../src/topology/schema.ts";
import { junitProblems, readXml, testCases } from "../unit/report/junit-rules.ts";
import { setUpBed } from "./support/bed.ts";
import { lines } from "./support/command.ts";
import { type Finished, REPOSITORY, type Running, startCorebed, told } from "./support/corebed.ts";
import { eventually } from "./support/eventually.ts";
import { askNf } from "./support/nf-socket.ts";
import { pair, TRAFFIC } from "./support/topology.ts";

const bed = setUpBed("it-ci");
const LAB = "it-ci";
const ARTEFACTS = [
  "annotations.txt",
  "comment.md",
  "corebed.log",
  "doctor.json",
  "junit.xml",
  "report.html",
  "result.json",
  "summary.md",
];
const EXPECTED: Partial<TopologyInput> = { expect: ["throughput >= 1kpps"] };
const LONG: Partial<TopologyInput> = { ...EXPECTED, traffic: { ...TRAFFIC, duration: "60s" } };

function artefact(folder: string, name: string): Promise<string> {
  return readFile(join(bed.directory(), folder, name), "utf8");
}

/** Waits until the generator of a lab is at work on a trial. */
async function untilTraffic({ says }: Running, lab: string): Promise<void> {
  await says(/created flows:br0/);
  await eventually(async () => Number((await askNf(lab, "gen", "stats"))?.trial ?? 0) > 1, {
    what: "a trial of the lab begins",
    timeoutMs: 60_000,
  });
}

test("a lab is measured and gone, and all artefacts are there", async () => {
  const file = await bed.write("lab.yaml", pair(LAB, EXPECTED));
  const finished = await bed.expectExit(0, ["ci", file, "--trials", "1", "--out", "plain"]);
  expect(finished.stdout).toContain("corebed ci: it-ci passed: the expectation holds\nArtefacts: plain\n");
  expect((await readdir(join(bed.directory(), "plain"))).sort()).toEqual(ARTEFACTS);
  expect(await artefact("plain", "corebed.log")).toContain("Removing lab it-ci");
  expect(await artefact("plain", "report.html")).toMatch(/^<!doctype html>/i);
  expect(junitProblems(readXml(await artefact("plain", "junit.xml")))).toEqual([]);
  await bed.expectNoTrace();
});

test("at the time limit it ends in order with 124; one that would not wait ends with 75, one that waits gets its turn", async () => {
  const long = await bed.write("long.yaml", pair(LAB, LONG));
  const short = await bed.write("short.yaml", pair(`${LAB}-next`, EXPECTED));
  const first = bed.start(["ci", long, "--trials", "1", "--time-limit", "12s", "--out", "first"]);
  await untilTraffic(first, LAB);

  const impatient = await bed.start(["ci", short, "--wait", "0", "--out", "impatient"]).finished;
  expect(impatient.code, told(impatient)).toBe(75);
  expect(impatient.stderr).toMatch(
    /^error: this machine is still taken by corebed ci .*long\.yaml \(process \d+\), since /m,
  );
  const patient = bed.start(["ci", short, "--trials", "1", "--wait", "60s", "--out", "patient"]);
  await patient.says(/Waiting for 60 s at most: this machine is taken by corebed ci .*long\.yaml/);

  const limited = await first.finished;
  expect(limited.code, told(limited)).toBe(124);
  expect(limited.stderr).toContain("the time limit of 12 s has passed");
  const result = await bed.readResult(join(bed.directory(), "first/result.json"));
  expect(result.complete).toBe(false);
  expect(testCases(readXml(await artefact("first", "junit.xml"))).map(({ attributes }) => attributes.name)).toContain(
    "measure",
  );
  expect(await artefact("first", "comment.md")).toContain("with exit code 124");

  const waited = await patient.finished;
  expect(waited.code, told(waited)).toBe(0);
  expect(waited.stderr).toMatch(/It is our turn after \d/);
  await bed.expectNoTrace();
});

test("SIGTERM removes the labs too; what a killed run left is removed by the next", async () => {
  const long = await bed.write("long.yaml", pair(LAB, LONG));
  const cancelled = bed.start(["ci", long, "--trials", "1", "--out", "cancelled"]);
  await untilTraffic(cancelled, LAB);
  cancelled.kill("SIGTERM");
  const ended = await cancelled.finished;
  expect(ended.code, told(ended)).toBe(130);
  await bed.expectNoTrace();

  const killed = bed.start(["ci", long, "--trials", "1", "--out", "killed"]);
  await untilTraffic(killed, LAB);
  killed.kill("SIGKILL");
  await killed.finished;
  expect((await lines("docker", "ps", "--filter", `label=corebed.lab=${LAB}`, "--quiet")).length).toBeGreaterThan(0);
  const next = await bed.write("next.yaml", pair(`${LAB}-next`, EXPECTED));
  const finished = await bed.expectExit(0, ["ci", next, "--trials", "1", "--out", "next"]);
  expect(finished.stderr).toContain("The run before ended without a word: corebed ci ");
  expect(finished.stderr).toContain(`Removing lab ${LAB}\n`);
  await bed.expectNoTrace();
});

test("a lab that somebody brought up by hand is waited for, and named", async () => {
  const other = await bed.write("other.yaml", pair(`${LAB}-by-hand`));
  await bed.expectExit(0, ["apply", other]);
  const file = await bed.write("lab.yaml", pair(LAB, EXPECTED));
  const refused = await bed.start(["ci", file, "--wait", "0", "--out", "refused"]).finished;
  expect(refused.code, told(refused)).toBe(75);
  expect(refused.stderr).toMatch(/error: CPU \d, wanted for .*, is held by it-ci-by-hand\//);

  const waiting = bed.start(["ci", file, "--trials", "1", "--wait", "60s", "--out", "waited"]);
  await waiting.says(/Waiting for [\d.]+ s at most: CPU \d, wanted for .*, is held by it-ci-by-hand\//);
  await bed.expectExit(0, ["destroy", `${LAB}-by-hand`]);
  const finished = await waiting.finished;
  expect(finished.code, told(finished)).toBe(0);
  await bed.expectNoTrace();
});

/** The commands of docs/ci.md that are marked for it, block by block. */
async function guideBlocks(): Promise<readonly string[]> {
  const guide = await readFile(join(REPOSITORY, "docs/ci.md"), "utf8");
  return [...guide.matchAll(/<!-- tried by the tests -->\n```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
}

let guide = "";
beforeAll(async () => {
  guide = join(bed.directory(), "guide");
  await mkdir(join(guide, "bin"), { recursive: true });
  await symlink(join(REPOSITORY, "bin/corebed"), join(guide, "bin/corebed"));
  await symlink(join(REPOSITORY, "examples"), join(guide, "examples"));
});
afterAll(async () => {
  // The guide's lab has the name that its reader sees, and none that the bed would clean up.
  await startCorebed(["destroy", "ci-gate"], { cwd: "/" }).finished;
});

test("the guide does what it says, command by command", async () => {
  const blocks = await guideBlocks();
  expect(blocks.length).toBeGreaterThanOrEqual(5);
  for (const block of blocks) {
    const finished = await sh(block);
    expect(finished.code, `${block}\n${told(finished)}`).toBe(0);
  }
  const path = join(guide, "corebed-ci");
  expect((await readdir(path)).sort()).toEqual(ARTEFACTS);
  const result = await bed.readResult(join(path, "result.json"));
  expect(result.baseline?.file).toBe("baselines/ci-gate.json");
  expect(result.baseline?.arms.map(({ name }) => name)).toEqual(["docker-bridge", "vhost-user"]);
  expect(existsSync(join(guide, "state/noise-floors.json"))).toBe(true);
  await bed.expectNoTrace();
});

function sh(script: string): Promise<Finished> {
  return startCorebed(["-e", "-c", script], {
    program: "/bin/sh",
    cwd: guide,
    env: { PATH: `${join(guide, "bin")}:${process.env.PATH}`, COREBED_STATE_DIRECTORY: join(guide, "state") },
  }).finished;
}
