import { createHash } from "node:crypto";
import { readText } from "../host/read-at-most.ts";
import type { Result, ResultKind } from "../measure/result.ts";
import { LARGEST_RESULT_BYTES, validateResult } from "../measure/validate-result.ts";
import { resultJson } from "../report/result-json.ts";
import { hideValues } from "../topology/hide-values.ts";
import { EXIT, Exit } from "./exit.ts";
import type { TopologyFile } from "./input.ts";
import { whyUnread } from "./why-unread.ts";
import { writeWhole } from "./write-whole.ts";

/** `results/NAME-KIND-TIME.json`. */
export function resultPath(name: string, kind: ResultKind, time: string): string {
  return `results/${name}-${kind}-${time}.json`;
}

/** `20261121T030612Z`: sorts by time and is a file name everywhere. */
export function stampOf(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d+/g, "");
}

/** The topology as a result carries it: without the values of environments, which may be secrets, and a hash of that, which tells nothing of them. */
export function topologyRecord({ topology, source }: TopologyFile): Result["topology"] {
  const text = hideValues(source.text);
  return {
    name: topology.name,
    file: source.file,
    text,
    sha256: createHash("sha256").update(text).digest("hex"),
  };
}

/** Whole or not at all: a reader never sees half a result. */
export async function writeResult(path: string, result: Result): Promise<void> {
  await writeWhole(path, resultJson(result));
  // Written all the same: figures that were measured are not lost to a mistake in their description.
  const checked = validateResult(JSON.parse(JSON.stringify(result)));
  if (!checked.ok) throw new Error(`internal: the result does not fit its own schema: ${checked.problems.join("; ")}`);
}

/** Parses a file of the size of a result; rejects as `readText` or the parser does. */
export async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readText(path, LARGEST_RESULT_BYTES));
}

/** Reads a result file, or says what is wrong with it and ends the command. */
export async function readResult(path: string): Promise<Result> {
  const help = "give a file that corebed run, compare or sweep wrote";
  const text = await readText(path, LARGEST_RESULT_BYTES).catch((error: unknown) => {
    throw new Exit(EXIT.badInput, `error: ${path}: ${whyUnread(error)}\n  = help: ${help}`);
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Exit(EXIT.badInput, `error: ${path}: this is not JSON\n  = help: ${help}`);
  }
  const checked = validateResult(json);
  if (checked.ok) return checked.result;
  throw new Exit(EXIT.badInput, `error: ${path}: ${checked.problems.join("\n  ")}`);
}
