import { execFile } from "node:child_process";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sweepArms } from "../../../src/cli/arms.ts";
import { captureProblem, withCapture } from "../../../src/cli/capture.ts";
import { hostWith } from "../lab/hosts.ts";
import { parse } from "../lab/make-lab.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "corebed-capture-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A topology in the folder that replays this file. */
function replaying(name: string) {
  const text = [
    "name: replay",
    "cores: { 0: switch, 1: gen, 2: sink }",
    "nfs: { gen: { app: pktgen }, sink: { app: stats } }",
    "chains: { main: [gen, sink] }",
    `traffic: { pcap: ${name} }`,
    "sweep: { burst: [8, 32] }",
  ].join("\n");
  const file = join(folder, "lab.yaml");
  const { topology, source } = parse(text, file);
  return { topology: withCapture(topology, file), source };
}

function problemWith(name: string) {
  const { topology, source } = replaying(name);
  return captureProblem(topology, source);
}

test.each([
  ["pcap", [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0], undefined],
  ["pcap of nanoseconds", [0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4], undefined],
  ["pcapng", [0x0a, 0x0d, 0x0d, 0x0a], "is in the format pcapng"],
  ["text", [0x68, 0x65, 0x6c, 0x6c, 0x6f], "is no capture"],
  ["nothing", [], "is no capture"],
])("a file of %s", async (_what, bytes, problem) => {
  await writeFile(join(folder, "some.pcap"), Uint8Array.from(bytes));
  const found = problemWith("some.pcap");
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject({ message: `${join(folder, "some.pcap")} ${problem}`, span: { line: 5 } });
});

test("what is no file keeps nobody waiting, and what memory has no room for is told", async () => {
  await promisify(execFile)("mkfifo", [join(folder, "pipe")]);
  expect(problemWith("pipe")?.message).toMatch(/is no capture$/);
  expect(problemWith(".")?.message).toMatch(/is no capture$/);
  await writeFile(join(folder, "huge.pcap"), Uint8Array.from([0xd4, 0xc3, 0xb2, 0xa1]));
  await truncate(join(folder, "huge.pcap"), 256 * 1024 ** 2 + 1);
  expect(problemWith("huge.pcap")).toMatchObject({ message: `${join(folder, "huge.pcap")} is larger than 256 MiB` });
});

test("a capture that is not there is told before anything is brought up", () => {
  expect(problemWith("none.pcap")?.message).toBe(`${join(folder, "none.pcap")} is not there`);
});

test("every combination of a sweep replays the file beside the topology", async () => {
  await writeFile(join(folder, "swept.pcap"), Uint8Array.from([0xd4, 0xc3, 0xb2, 0xa1]));
  const context = { facts: hostWith(16), fold: false, json: true, trials: 1, measure: undefined };
  const arms = sweepArms(replaying("swept.pcap"), context);
  expect(arms.map(({ lab }) => lab.traffic.pcap)).toEqual([join(folder, "swept.pcap"), join(folder, "swept.pcap")]);
});
