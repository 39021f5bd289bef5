import { closeSync, openSync, writeSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { EXIT, Exit } from "../exit.ts";
import { copyOutput } from "../terminal.ts";
import { writeWhole } from "../write-whole.ts";

/** Everything that a run may leave in its folder. */
export const ARTEFACTS = {
  log: "corebed.log",
  doctor: "doctor.json",
  result: "result.json",
  report: "report.html",
  junit: "junit.xml",
  summary: "summary.md",
  comment: "comment.md",
  annotations: "annotations.txt",
} as const;

export type Artefact = keyof typeof ARTEFACTS;

/** The folder of a run's artefacts. */
export interface Artefacts extends Disposable {
  readonly folder: string;
  readonly path: (artefact: Artefact) => string;
  /** Writes one whole or not at all. */
  readonly write: (artefact: Artefact, text: string) => Promise<void>;
}

/** Opens the folder, removes from it what an earlier run left, and copies all that is told into its log until it is disposed of. */
export async function openArtefacts(folder: string): Promise<Artefacts> {
  const path = (artefact: Artefact): string => join(folder, ARTEFACTS[artefact]);
  let log: number;
  try {
    await mkdir(folder, { recursive: true });
    // Yesterday's report must not pass for today's.
    for (const name of Object.values(ARTEFACTS)) await rm(join(folder, name), { force: true });
    log = openSync(path("log"), "w");
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    throw new Exit(
      EXIT.unavailable,
      `error: ${folder}: cannot be written (${code})\n  = help: give another folder with --out`,
    );
  }
  const copy = copyOutput((text) => void writeSync(log, `${stripVTControlCharacters(text)}\n`));
  return {
    folder,
    path,
    write: (artefact, text) => writeWhole(path(artefact), text),
    [Symbol.dispose]: () => {
      copy[Symbol.dispose]();
      closeSync(log);
    },
  };
}
