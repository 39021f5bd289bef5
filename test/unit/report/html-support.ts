import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { main } from "../../../src/cli/main.ts";
import type { Result } from "../../../src/measure/result.ts";

/** The result of a command on an example topology and a modelled host. */
export async function simulated(command: string, topology: string, ...more: readonly string[]): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "corebed-report-"));
  const quiet = [
    vi.spyOn(process.stdout, "write").mockReturnValue(true),
    vi.spyOn(process.stderr, "write").mockReturnValue(true),
  ];
  const before = process.exitCode;
  try {
    const path = join(folder, "result.json");
    await main([
      command,
      fileURLToPath(new URL(`../../../topologies/${topology}.yaml`, import.meta.url)),
      "--simulate",
      "--seed",
      "1",
      "--out",
      path,
      ...more,
    ]);
    return JSON.parse(await readFile(path, "utf8")) as Result;
  } finally {
    process.exitCode = before;
    for (const spy of quiet) spy.mockRestore();
    await rm(folder, { recursive: true });
  }
}

/** What a page says, a line for each piece of text: without pictures (but with what they say of themselves), styles and scripts. */
export function readable(page: string): string {
  return page
    .replace(/<(style|script)>[\s\S]*?<\/\1>/g, "")
    .replace(/<div class="narrow">[\s\S]*?<\/div>/g, "")
    .replace(/<svg[\s\S]*?<title[^>]*>([\s\S]*?)<\/title>\s*<desc[^>]*>([\s\S]*?)<\/desc>[\s\S]*?<\/svg>/g, "[$1: $2]")
    .replace(/<\/(th|td)>/g, " | ")
    .replace(/<\/(dt)>/g, ": ")
    .replace(/<\/?(code|strong|span|a|dd|dt|th|td|thead|tbody|table|dl|ul|summary)\b[^>]*>/g, "")
    .replace(/<[^>]+>/g, "\n")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{2,}/g, "\n")
    .trim();
}

/** All ids of a page, in order. */
export function idsOf(page: string): readonly string[] {
  return [...page.matchAll(/ id="([^"]+)"/g)].map(([, id = ""]) => id);
}
