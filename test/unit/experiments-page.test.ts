import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { experimentsPage } from "../../scripts/experiments-page.ts";

test("docs/experiments.md and its pictures are made from the kept results (else: node scripts/experiments-page.ts)", async () => {
  for (const { path, text } of await experimentsPage()) {
    expect(await readFile(path, "utf8").catch(() => "there is no such file"), path).toBe(text);
  }
});
