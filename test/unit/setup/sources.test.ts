import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { imageSource, imageSources } from "../../../src/setup/image-sources.ts";
import { tarOf } from "../../../src/setup/tar.ts";
import { temporaryDirectory } from "../../temporary-directory.ts";

describe("digest of an image's sources", () => {
  let folder: string;
  const put = async (path: string, content: string | Buffer, mode = 0o644) => {
    await writeFile(join(folder, path), content);
    await chmod(join(folder, path), mode);
  };
  const digest = async () => (await imageSource("nf", folder)).digest;

  beforeEach(async () => {
    folder = temporaryDirectory("sources");
    await mkdir(join(folder, "src"));
    await put("Dockerfile", "FROM scratch\n");
    await put("src/main.c", "int main;\n");
  });

  test("is in the reference", async () => {
    const source = await imageSource("nf", folder);
    expect(source.reference).toBe(`corebed/nf:${source.digest.slice(0, 12)}`);
    expect(source.files.map(({ path }) => path)).toEqual(["Dockerfile", "src/main.c"]);
  });

  test.each([
    ["content", () => put("src/main.c", "int other;\n")],
    ["a new file", () => put("src/new.c", "")],
    ["the right to execute", () => put("src/main.c", "int main;\n", 0o755)],
  ])("changes with %s", async (_what, change) => {
    const before = await digest();
    await change();
    expect(await digest()).not.toBe(before);
  });

  test.each([
    ["other permission bits", () => put("src/main.c", "int main;\n", 0o600)],
    ["an editor's file", () => put("src/.main.c.swp", "x")],
    ["an object file", () => put("src/main.o", "x")],
    ["a compiled program", () => put("corebed-nf", Buffer.from("\x7fELF\x02\x01"))],
    [
      "a build folder",
      async () => {
        await mkdir(join(folder, "build"));
        await put("build/x.c", "x");
      },
    ],
  ])("does not change with %s", async (_what, change) => {
    const before = await digest();
    await change();
    expect(await digest()).toBe(before);
  });

  test("the package's own images", async () => {
    const sources = await imageSources();
    expect(sources.map(({ name }) => name)).toEqual(["switch", "nf"]);
    for (const { reference } of sources) expect(reference).toMatch(/^corebed\/(switch|nf):[0-9a-f]{12}$/);
  });
});

describe("archive", () => {
  test("is the same bytes each time, in whole blocks, with right checksums", () => {
    const files = [
      { path: "Dockerfile", executable: false, content: Buffer.from("FROM scratch\n") },
      { path: `${"d/".repeat(60)}run.sh`, executable: true, content: Buffer.alloc(513, 1) },
    ];
    const archive = Buffer.from(tarOf(files));
    expect(Buffer.from(tarOf(files)).equals(archive)).toBe(true);
    expect(archive.length).toBe(512 * (1 + 1 + 1 + 2 + 2));
    for (const offset of [0, 1024]) {
      const header = Buffer.from(archive.subarray(offset, offset + 512));
      const said = Number.parseInt(header.toString("latin1", 148, 154), 8);
      header.fill(" ", 148, 156);
      expect(header.reduce((sum, byte) => sum + byte, 0)).toBe(said);
    }
    expect(archive.toString("latin1", 100, 107)).toBe("0000644");
    expect(archive.toString("latin1", 1124, 1131)).toBe("0000755");
  });

  test("a name that does not fit is a fault of ours", () => {
    expect(() => tarOf([{ path: "x".repeat(101), executable: false, content: Buffer.alloc(0) }])).toThrow("internal");
  });
});
