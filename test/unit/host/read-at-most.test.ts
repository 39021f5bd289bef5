import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readStart, readText, TooLargeError } from "../../../src/host/read-at-most.ts";
import { endless } from "./endless.ts";

const KIB = 1024;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "corebed-read-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What this process has read of files since it began. */
const readBytes = (): number => Number(/^rchar: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);

describe("a file", () => {
  test.each([
    ["shorter", 99, 99],
    ["as long", 100, 100],
    ["longer", 101, 100],
  ])("that is %s than asked for", async (name, has, read) => {
    const path = join(folder, name);
    await writeFile(path, "x".repeat(has));
    expect((await readStart(path, 100)).toString()).toBe("x".repeat(read));
  });

  test("with nothing in it", async () => {
    const path = join(folder, "empty");
    await writeFile(path, "");
    expect(await readText(path, 100)).toBe("");
  });

  test("as text: all of it, or an error", async () => {
    const path = join(folder, "text");
    await writeFile(path, "ü".repeat(KIB));
    expect(await readText(path, 2 * KIB)).toBe("ü".repeat(KIB));
    await expect(readText(path, 2 * KIB - 1)).rejects.toThrow(TooLargeError);
    await expect(readText(join(folder, "none"), 1)).rejects.toMatchObject({ code: "ENOENT" });
    await expect(readText(folder, 1)).rejects.toMatchObject({ code: "EISDIR" });
  });

  test("without end is read as far as the limit and not beyond", async () => {
    const before = readBytes();
    await expect(readText("/dev/zero", 1024 * KIB)).rejects.toThrow("has more than 1 MiB");
    expect(readBytes() - before).toBeLessThan(1200 * KIB);
  });
});

describe("a stream", () => {
  test("that ends", async () => {
    expect((await readStart(endless(64, 3).stream, 1000)).length).toBe(192);
  });

  test("without end is left, and closed, at the limit", async () => {
    const { stream, taken } = endless(64 * KIB);
    expect((await readStart(stream, 100 * KIB)).length).toBe(100 * KIB);
    expect(stream.destroyed).toBe(true);
    expect(taken()).toBeLessThanOrEqual(256 * KIB);
  });
});
