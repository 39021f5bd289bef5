import { z } from "zod";
import type { Problem, Reading } from "./reading.ts";
import { didYouMean } from "./suggest.ts";
import { type Dimension, type QuantityLimits, readQuantity } from "./units.ts";
import { anyOf, found, quote } from "./wording.ts";

/** What an editor shows for a key. */
export interface KeyDoc {
  readonly title: string;
  readonly description: string;
  readonly examples: readonly unknown[];
}

type JsonSchemaWords = Readonly<Record<string, unknown>>;

/**
 * One value of the file. `read` does the validation, so that every message is in the user's words; `json` says the same to editors.
 * Zod carries both, and the types.
 */
export function leaf<Input, Output>(
  read: (value: unknown) => Reading<Output>,
  json: JsonSchemaWords,
): z.ZodType<Output, Input> {
  return z
    .custom<Input>()
    .transform((value, context): Output => {
      const reading = read(value);
      if (reading.ok) return reading.value;
      context.addIssue({ code: "custom", message: reading.problem, params: { problem: reading } });
      return z.NEVER;
    })
    .meta({ ...json });
}

/** The problem that a leaf found, back from the issue that carried it. */
export function problemOf(params: Record<string, unknown> | undefined): Problem | undefined {
  return params?.problem as Problem | undefined;
}

export function integer(min: number, max: number, unit: string, doc: KeyDoc): z.ZodType<number, number> {
  const what = `a whole number${unit === "" ? "" : ` of ${unit}`} from ${min} to ${max}`;
  return leaf(
    (value) => {
      if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max)
        return { ok: true, value };
      const problem = `must be ${what}, found ${found(value)}`;
      if (typeof value === "number") {
        const nearest = Math.min(max, Math.max(min, Math.round(value)));
        const help = Number.isNaN(nearest) ? `write ${what}` : `the nearest that works is ${nearest}`;
        return { ok: false, code: "out-of-range", problem, help };
      }
      const bare = typeof value === "string" && /^\d{1,10}/.exec(value)?.[0];
      const help = bare ? `write the number alone: ${bare}` : `write a number, such as ${doc.examples[0]}`;
      return { ok: false, code: "wrong-type", problem, help };
    },
    { type: "integer", minimum: min, maximum: max, ...doc },
  );
}

export function choice<const T extends readonly string[]>(values: T, doc: KeyDoc): z.ZodType<T[number], T[number]> {
  return leaf(
    (value) => {
      if (typeof value === "string" && values.includes(value)) return { ok: true, value: value as T[number] };
      const meant = typeof value === "string" ? didYouMean(value, values) : "";
      return {
        ok: false,
        code: "unknown-word",
        problem: `cannot be ${found(value)}`,
        help: `${meant}write ${anyOf(values)}`,
      };
    },
    { type: "string", enum: values, ...doc },
  );
}

/** true or false. */
export function flag(doc: KeyDoc): z.ZodType<boolean, boolean> {
  return leaf(
    (value) => {
      if (typeof value === "boolean") return { ok: true, value };
      const word = typeof value === "string" ? value.toLowerCase() : "";
      // YAML 1.1 took these for booleans, and many still write them.
      const meant = ["yes", "on", "y"].includes(word)
        ? "true"
        : ["no", "off", "n"].includes(word)
          ? "false"
          : undefined;
      const help = `write ${meant ?? "true or false"}${/^(?:true|false)$/.test(word) ? ", without quotes" : ""}`;
      return { ok: false, code: "wrong-type", problem: `must be true or false, found ${found(value)}`, help };
    },
    { type: "boolean", ...doc },
  );
}

export function quantity(dimension: Dimension, limits: QuantityLimits, doc: KeyDoc): z.ZodType<number, string> {
  return leaf((value) => readQuantity(value, dimension, limits), {
    type: "string",
    pattern: quantityPattern(limits.offer ?? Object.keys(dimension.units)),
    ...doc,
  });
}

export function quantityPattern(units: readonly string[]): string {
  return `^\\d+(\\.\\d+)?\\s*(${units.join("|")})$`;
}

/** Text that goes to Docker or a program as it is. */
export function text(what: string, longest: number, doc: KeyDoc): z.ZodType<string, string> {
  return leaf(
    (value) => {
      if (typeof value !== "string") {
        const isWord = typeof value === "number" || typeof value === "boolean";
        const help = isWord ? `write it in quotes: "${value}"` : `write ${what}`;
        return { ok: false, code: "wrong-type", problem: `must be text, found ${found(value)}`, help };
      }
      if (value.length > longest) {
        return {
          ok: false,
          code: "too-long",
          problem: `is ${value.length} characters long`,
          help: `write at most ${longest}`,
        };
      }
      if (/\p{Cc}/u.test(value.replaceAll(/[\t\n]/g, ""))) {
        return {
          ok: false,
          code: "control-character",
          problem: `has a control character in it: ${quote(value)}`,
          help: "remove it",
        };
      }
      return { ok: true, value };
    },
    { type: "string", ...doc },
  );
}
