import { randomBytes } from "node:crypto";
import { access, constants, mkdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { EXIT, Exit } from "./exit.ts";

/** Writes a file whole or not at all, with the directories that it needs; ends the command with a sentence where that cannot be. */
export async function writeWhole(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, text);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/**
 * Writes a file in one step, so that a reader never sees half of it; rejects as the file system does. A link keeps pointing where it points, and what is no
 * file (/dev/stdout, /dev/null, a pipe) is written to: a file put in its place would take it from everybody.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const there = await statIfThere(path);
  if (there !== undefined && !there.isFile()) {
    await writeFile(path, text);
    return;
  }
  const target = there === undefined ? path : await realpath(path);
  const unfinished = `${target}.${randomBytes(6).toString("hex")}.part`;
  try {
    // Root writes here too, into directories of others: nobody may have put a link in its place.
    await writeFile(unfinished, text, { mode: 0o644, flag: "wx" });
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Ends the command if nothing can be written there; asked before a measurement, whose figures would be lost after it. Writes nothing. */
export async function requireWritable(path: string): Promise<void> {
  try {
    const there = await statIfThere(path);
    if (path === "" || path.endsWith("/") || there?.isDirectory()) throw { code: "EISDIR" };
    if (there !== undefined) await access(path, constants.W_OK);
    if (there === undefined || there.isFile()) await access(await nearestDirectory(path), constants.W_OK);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

/** Where the file will be, or where its directories are to be made. */
async function nearestDirectory(path: string): Promise<string> {
  const directory = dirname(path);
  const there = await statIfThere(directory);
  if (there === undefined) return nearestDirectory(directory);
  if (!there.isDirectory()) throw { code: "ENOTDIR" };
  return directory;
}

async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** What the codes mean that a person can do something about. */
const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the disk",
  EDQUOT: "no space is left of the disk quota",
  EROFS: "the file system is read-only",
};

function cannotWrite(path: string, error: unknown): Exit {
  const { code = "unknown" } = error as NodeJS.ErrnoException;
  const reason =
    code === "EISDIR"
      ? "that is a directory, not a file"
      : code === "ENOTDIR"
        ? "what its path goes through is a file, not a directory"
        : `cannot be written (${WORDS[code] ?? code})`;
  return new Exit(
    EXIT.unavailable,
    `error: ${path === "" ? '""' : path}: ${reason}\n  = help: give another place with --out`,
  );
}
