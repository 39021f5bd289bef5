import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Question, questionOf } from "../report/experiment/question.ts";
import { didYouMean } from "../topology/suggest.ts";
import { EXIT, Exit } from "./exit.ts";

/** A topology that comes with corebed and asks one of the questions in docs/experiments.md. */
export interface Experiment extends Question {
  readonly name: string;
  /** Of its topology file, from the working directory, so that results say nothing of where corebed is installed. */
  readonly path: string;
}

const FOLDER = fileURLToPath(new URL("../../topologies/experiments/", import.meta.url));
const FILE = /^(.+)\.yaml$/;

/** All of them, by name. */
export async function experiments(): Promise<readonly Experiment[]> {
  const names = (await readdir(FOLDER)).flatMap((file) => FILE.exec(file)?.[1] ?? []).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const path = join(FOLDER, `${name}.yaml`);
      return { name, path: relative(process.cwd(), path), ...questionOf(await readFile(path, "utf8")) };
    }),
  );
}

/** The one of this name; ends the command where there is none. */
export async function experimentNamed(name: string): Promise<Experiment> {
  const all = await experiments();
  const found = all.find((experiment) => experiment.name === name);
  if (found !== undefined) return found;
  const names = all.map((experiment) => experiment.name);
  throw new Exit(
    EXIT.usage,
    `error: there is no experiment ${name}\n  = help: ${didYouMean(name, names)}there are ${names.join(", ")}`,
  );
}
