import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, open, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { loadAgainst } from "../../../src/cli/against.ts";
import { main } from "../../../src/cli/main.ts";
import { readNoiseFloors } from "../../../src/cli/noise-floors.ts";
import { resumed } from "../../../src/cli/resume.ts";
import { LARGEST_RESULT_BYTES } from "../../../src/measure/validate-result.ts";
import { resultJson } from "../../../src/report/result-json.ts";
import { LARGEST_FILE_BYTES } from "../../../src/topology/parse-topology.ts";
import { endless } from "../host/endless.ts";
import { example } from "../lab/make-lab.ts";
import { incomplete, twoArms } from "../report/results.ts";
import { captureOutput, type Output } from "./capture-output.ts";

let folder: string;
let output: Output;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "corebed-bounds-"));
  output = captureOutput();
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = 0;
  await rm(folder, { recursive: true });
});

async function corebed(...words: readonly string[]): Promise<number> {
  process.exitCode = 0;
  await main(words);
  return Number(process.exitCode);
}

/** What this process has read of files since it began. */
const readBytes = (): number => Number(/^rchar: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);

/** A file of so many bytes, of which the last are holes. */
async function sparse(name: string, text: string, bytes: number): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  const file = await open(path, "r+");
  await file.truncate(bytes);
  await file.close();
  return path;
}

describe("a topology", () => {
  test("of 1 MiB is read; a byte more is refused, without a look inside", async () => {
    const text = `${example("pktgen-stats.yaml")}\n#`;
    const path = join(folder, "lab.yaml");
    await writeFile(path, text.padEnd(LARGEST_FILE_BYTES, "x"));
    expect([await corebed("validate", "--offline", path), output.err]).toEqual([0, ""]);
    await writeFile(path, text.padEnd(LARGEST_FILE_BYTES + 1, "x"));
    expect(await corebed("validate", "--offline", path)).toBe(65);
    expect(output.err).toMatch(
      /^error: .*lab\.yaml has more than 1 MiB, the most that a topology has\n[\s\S]*= help: /,
    );
  });

  test("without end is read no further", async () => {
    const before = readBytes();
    expect(await corebed("validate", "/dev/zero")).toBe(65);
    expect(output.err).toContain("error: /dev/zero has more than 1 MiB");
    expect(readBytes() - before).toBeLessThan(4 * LARGEST_FILE_BYTES);
    expect(await corebed("validate", "--json", "/dev/zero")).toBe(65);
    expect(JSON.parse(output.out)).toMatchObject({ ok: false, diagnostics: [{ code: "file-too-large" }] });
  });

  test("without end on standard input is read no further", async () => {
    const { stream, taken } = endless(64 * 1024);
    vi.spyOn(process, "stdin", "get").mockReturnValue(stream as typeof process.stdin);
    expect(await corebed("validate", "-")).toBe(65);
    expect(output.err).toContain("error: <stdin> has more than 1 MiB");
    expect(taken()).toBeLessThan(2 * LARGEST_FILE_BYTES);
  });

  test("of a commit, and the one that a result came from, too", async () => {
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", ...args], { stdio: "pipe" });
    const path = await sparse("lab.yaml", "", 3 * LARGEST_FILE_BYTES);
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "large");
    await expect(loadAgainst("HEAD", path, false)).rejects.toMatchObject({
      diagnostics: [
        { code: "file-too-large", message: "HEAD:lab.yaml has more than 1 MiB, the most that a topology has" },
      ],
    });
    const result = { ...incomplete(), kind: "sweep" as const };
    const topology = { ...result.topology, text: "nfs: { a: { env: { TOKEN: (hidden) } } }", file: "/dev/zero" };
    await expect(resumed({ ...result, topology }, "sweep", false)).rejects.toThrow(
      "/dev/zero is not the file that it was",
    );
  });
});

describe("a result", () => {
  const commands = [
    ["explain"],
    ["report", "--csv"],
    ["sweep", "--resume"],
    ["compare", join(import.meta.dirname, "../../../topologies/pktgen-stats.yaml"), "--simulate", "--baseline"],
  ];

  test.each(commands)("without end is read no further: %s", async (...words) => {
    const before = readBytes();
    expect(await corebed(...words, "/dev/zero")).toBe(65);
    expect(output.err).toMatch(
      /^error: \/dev\/zero: has more than 128 MiB, the most that is read of such a file\n {2}= help: give a file that /,
    );
    expect(readBytes() - before).toBeLessThan(LARGEST_RESULT_BYTES * 1.1);
  });

  test("of just the limit is read", async () => {
    const path = await sparse("r.json", "", LARGEST_RESULT_BYTES);
    expect(await corebed("explain", path)).toBe(65);
    expect(output.err).toContain("this is not JSON");
    output.err = "";
    await sparse("r.json", "", LARGEST_RESULT_BYTES + 1);
    await corebed("explain", path);
    expect(output.err).toContain("has more than 128 MiB");
  });

  test("that is too large is left out of a history, which says so", async () => {
    const results = join(folder, "results");
    await mkdir(results);
    await writeFile(join(results, "good.json"), resultJson(twoArms()));
    await symlink("/dev/zero", join(results, "zero.json"));
    expect(await corebed("history", results)).toBe(0);
    expect(output.out).not.toBe("");
    expect(output.err).toBe(
      `${join(results, "zero.json")}: has more than 128 MiB, the most that is read of such a file: left out.\n`,
    );
  });
});

test("other files that are read whole have a limit too", async () => {
  const lab = join(import.meta.dirname, "../../../topologies/pktgen-stats.yaml");
  expect(await corebed("plan", lab, "--facts", "/dev/zero")).toBe(65);
  expect(output.err).toContain("error: /dev/zero: has more than 16 MiB");
  output.err = "";
  expect(await corebed("serve", "--token-file", "/dev/zero")).toBe(64);
  expect(output.err).toContain("error: /dev/zero: has more than 16 MiB");
  expect(await readNoiseFloors(undefined, "/dev/zero")).toEqual([]);
});
