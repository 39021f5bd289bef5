import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { EXIT, Exit } from "./exit.ts";

/** Writes a file whole or not at all, with the directories that it needs; ends the command with a sentence where that cannot be. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(unfinished, text);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => {});
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    throw new Exit(
      EXIT.unavailable,
      `error: ${path}: cannot be written (${code})\n  = help: give another place with --out`,
    );
  }
}
