import { execFile } from "node:child_process";
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { replaceFile, requireWritable, writeWhole } from "../../../src/cli/write-whole.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "corebed-write-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("a file comes with its directories, and nothing unfinished beside it", async () => {
  await writeWhole(join(folder, "a/b/result.json"), "{}");
  expect(await readdir(join(folder, "a/b"))).toEqual(["result.json"]);
});

test("what is no file stays what it is and gets the text, as /dev/null and /dev/stdout must", async () => {
  const pipe = join(folder, "pipe");
  await promisify(execFile)("mkfifo", [pipe]);
  const [read] = await Promise.all([readFile(pipe, "utf8"), replaceFile(pipe, "figures")]);
  expect(read).toBe("figures");
  expect((await lstat(pipe)).isFIFO()).toBe(true);
});

test("a link keeps pointing where it points", async () => {
  await writeFile(join(folder, "real"), "old");
  await symlink("real", join(folder, "link"));
  await replaceFile(join(folder, "link"), "new");
  expect(await readlink(join(folder, "link"))).toBe("real");
  expect(await readFile(join(folder, "real"), "utf8")).toBe("new");
});

test("a file that is being written has a name that nobody can have put a link at", async () => {
  const path = join(folder, "result.json");
  await symlink(join(folder, "precious"), `${path}.${process.pid}.part`);
  await replaceFile(path, "{}");
  expect((await readdir(folder)).sort()).toEqual(["result.json", `result.json.${process.pid}.part`]);
});

describe("what cannot be written is told before anything is measured", () => {
  test.each([
    ["a directory", "directory", "that is a directory, not a file"],
    ["no name", "directory/new/", "that is a directory, not a file"],
    ["a path through a file", "file/result.json", "what its path goes through is a file"],
  ])("%s", async (_what, name, reason) => {
    await mkdir(join(folder, "directory"));
    await writeFile(join(folder, "file"), "");
    await expect(requireWritable(join(folder, name))).rejects.toMatchObject({
      code: 69,
      message: expect.stringContaining(reason),
    });
    await expect(writeWhole(join(folder, name), "")).rejects.toMatchObject({ code: 69 });
  });

  test("a full disk", async () => {
    await expect(writeWhole("/dev/full", "figures")).rejects.toMatchObject({
      code: 69,
      message: expect.stringContaining("error: /dev/full: cannot be written (no space is left on the disk)"),
    });
  });

  test("directories that are not there yet are no obstacle, and are not made by asking", async () => {
    await requireWritable(join(folder, "results/deep/result.json"));
    expect(await readdir(folder)).toEqual([]);
  });
});
