import { z } from "zod";
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
  const problems = issues
    .slice(0, MAX_PROBLEMS)
    .map((issue) => `${z.core.toDotPath(issue.path) || "the file"}: ${issue.message}`);
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

function wrongSchema(schema: unknown): string {
  if (typeof schema !== "string") {
    return `This is not a result of corebed: it has no "schema". Give a file that \`corebed run\`, \`compare\` or \`sweep\` wrote.`;
  }
  if (!schema.startsWith("corebed/result/")) {
    return `This is a ${schema}, not a result. Give a file that \`corebed run\`, \`compare\` or \`sweep\` wrote.`;
  }
  return `This result has the schema ${schema}, and this corebed reads ${RESULT_SCHEMA}. Use the version of corebed that wrote it (see "corebedVersion"), or measure again.`;
}
