import { z } from "zod";
import { quote } from "../topology/wording.ts";
import { plainly } from "./plain-schema.ts";
import type { Result } from "./result.ts";
import { RESULT_SCHEMA, resultSchema } from "./result.ts";

/** A result read back, or what is wrong with it: one sentence each, with what to do. */
export type ValidatedResult =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly problems: readonly string[] };

/** What is read of a result file: some 10,000 trials, and no more than a process has memory for. 200 trials have 2.5 MB. */
export const LARGEST_RESULT_BYTES = 128 * 1024 * 1024;

/** At most this many problems are told: a wrong file has hundreds. */
const MAX_PROBLEMS = 8;

/** Checks a parsed JSON value. Fields that this version does not know are kept. */
export function validateResult(json: unknown): ValidatedResult {
  const schema = typeof json === "object" && json !== null && "schema" in json ? json.schema : undefined;
  if (schema !== RESULT_SCHEMA) return { ok: false, problems: [wrongSchema(schema)] };
  const parsed = resultSchema.safeParse(json);
  if (parsed.success) return { ok: true, result: json as Result };
  const { issues } = parsed.error;
  const problems = issues.slice(0, MAX_PROBLEMS).map((issue) => `${placeOf(issue.path)}: ${issue.message}`);
  const left = issues.length - problems.length;
  return { ok: false, problems: left > 0 ? [...problems, `... and ${left} more.`] : problems };
}

/** The published JSON Schema (schema/result.schema.json). */
export function resultJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(resultSchema, { io: "input", override: plainly });
  return {
    $schema,
    $id: RESULT_SCHEMA,
    title: "corebed result",
    description: "A run or a comparison of corebed: every trial, and the whole environment that it was measured in.",
    ...schema,
  };
}

/** Where in the file; keys that the file made up are as safe to tell as the rest. */
function placeOf(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "the file" : shown(z.core.toDotPath(path));
}

/** As it is where it is short and plain, else quoted and cut: it is text of the file. */
function shown(text: string): string {
  return /^[!-~]{1,120}$/.test(text) ? text : quote(text, 120);
}

function wrongSchema(schema: unknown): string {
  if (typeof schema !== "string") {
    return `This is not a result of corebed: it has no "schema". Give a file that \`corebed run\`, \`compare\` or \`sweep\` wrote.`;
  }
  if (!schema.startsWith("corebed/result/")) {
    return `This is a ${shown(schema)}, not a result. Give a file that \`corebed run\`, \`compare\` or \`sweep\` wrote.`;
  }
  return `This result has the schema ${shown(schema)}, and this corebed reads ${RESULT_SCHEMA}. Use the version of corebed that wrote it (see "corebedVersion"), or measure again.`;
}
