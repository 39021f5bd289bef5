import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { EXIT, Exit } from "./exit.ts";
import { htmlPathOf, withoutJson } from "./html-report.ts";

/** The forms of a report, with the ending of their files. */
export const FORMS = { html: "html", markdown: "md", json: "json", csv: "csv", junit: "xml" } as const;
export type Form = keyof typeof FORMS;

/** Standard output, as `--out` names it. */
const STDOUT = "-";

/**
 * Where a report goes: a path, or undefined for standard output. `--out` names a file, or a directory in which the file gets the result's name; without it pages
 * go beside the result, and text to standard output.
 */
export async function outputPath(
  form: Form,
  inputs: readonly string[],
  out: string | undefined,
): Promise<string | undefined> {
  const [first = ""] = inputs;
  const more = inputs.length > 1 ? `-and-${inputs.length - 1}-more` : "";
  const path = await pathOf(form, first, more, out);
  if (path !== undefined) refuseInput(path, inputs);
  return path;
}

async function pathOf(form: Form, first: string, more: string, out: string | undefined): Promise<string | undefined> {
  if (out === STDOUT) return undefined;
  if (out === undefined) return form === "html" ? htmlPathOf(`${withoutJson(first)}${more}`) : undefined;
  const isDirectory = out.endsWith("/") || (await isThereAsDirectory(out));
  return isDirectory ? join(out, `${basename(withoutJson(first))}${more}.${FORMS[form]}`) : out;
}

/** The directory that pictures go to. */
export function pictureDirectory(inputs: readonly string[], out: string | undefined): string {
  if (out === STDOUT) {
    throw new Exit(EXIT.usage, "error: --svg writes several files\n  = help: give a directory with --out");
  }
  return out ?? `${withoutJson(inputs[0] ?? "")}-plots`;
}

function refuseInput(path: string, inputs: readonly string[]): void {
  if (!inputs.some((input) => resolve(input) === resolve(path))) return;
  throw new Exit(EXIT.usage, `error: ${path} is the result itself\n  = help: give another file with --out`);
}

async function isThereAsDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
