import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { localFiles } from "../../../src/host/local-files.ts";

const files = localFiles("local");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "corebed-files-"));
  // The lab's directory as it should be, and beside it a place that no lab may touch.
  mkdirSync(join(folder, "elsewhere", "gen"), { recursive: true });
  writeFileSync(join(folder, "elsewhere", "gen", "precious"), "");
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a symbolic link in place of a lab's directory", () => {
  test("is not followed where something is made in it", async () => {
    symlinkSync(join(folder, "elsewhere"), join(folder, "lab"));
    await expect(files.makeDirectory(join(folder, "lab"), 0o700)).rejects.toThrow(
      `its path leads over a symbolic link to ${join(folder, "elsewhere")}; remove the link`,
    );
    await expect(files.makeDirectory(join(folder, "lab", "gen"), 0o700)).rejects.toThrow("over a symbolic link");
    await expect(files.makeDirectory(join(folder, "lab", "new", "er"), 0o700)).rejects.toThrow("over a symbolic link");
    expect(readdirSync(join(folder, "elsewhere")), "nothing is made on the way").toEqual(["gen"]);
  });

  test("is not followed where something is removed from it", async () => {
    symlinkSync(join(folder, "elsewhere"), join(folder, "lab"));
    await expect(files.remove(join(folder, "lab", "gen"))).rejects.toThrow("over a symbolic link");
    expect(existsSync(join(folder, "elsewhere", "gen", "precious"))).toBe(true);
  });

  test("goes when it is itself what is removed, and so do links inside of what is", async () => {
    symlinkSync(join(folder, "elsewhere"), join(folder, "lab"));
    await files.remove(join(folder, "lab"));
    mkdirSync(join(folder, "lab", "mine"), { recursive: true });
    symlinkSync(join(folder, "elsewhere"), join(folder, "lab", "mine", "p0.sock"));
    await files.remove(join(folder, "lab"));
    expect(readdirSync(folder)).toEqual(["elsewhere"]);
    expect(existsSync(join(folder, "elsewhere", "gen", "precious"))).toBe(true);
  });

  test("takes nothing that is written: the file takes its place", async () => {
    symlinkSync(join(folder, "elsewhere", "gen", "precious"), join(folder, "record"));
    await files.write(join(folder, "record"), "text", 0o600);
    expect(statSync(join(folder, "elsewhere", "gen", "precious")).size).toBe(0);
    expect(statSync(join(folder, "record")).mode & 0o777).toBe(0o600);
  });
});

test("directories are for their owner alone, also one that was open before, and their parents", async () => {
  await files.makeDirectory(join(folder, "root", "lab"), 0o700);
  mkdirSync(join(folder, "open"), { mode: 0o755 });
  await files.makeDirectory(join(folder, "open"), 0o700);
  for (const path of ["root", "root/lab", "open"]) {
    expect([path, statSync(join(folder, path)).mode & 0o777]).toEqual([path, 0o700]);
  }
});

test("what is gone, or was never there, needs no removing", async () => {
  await files.remove(join(folder, "none"));
  await files.remove(join(folder, "none", "deeper"));
});
