import { z } from "zod";
import type { KeyPath } from "./diagnostic.ts";

/** The part of a schema that describes the value at a path; undefined where the path leaves the schema. */
export function schemaAt(schema: z.ZodType, path: KeyPath): z.ZodType | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) {
    const options = inner.options as z.ZodType[];
    return options.map((option) => schemaAt(option, path)).find((found) => found !== undefined);
  }
  const next = stepInto(inner, step);
  return next === undefined ? undefined : schemaAt(next, rest);
}

/** Keys that a map at this place of the schema may have; undefined if it takes any, or is no map. */
export function keysOf(schema: z.ZodType | undefined): readonly string[] | undefined {
  if (schema === undefined) return undefined;
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) return Object.keys(inner.shape);
  if (inner instanceof z.ZodUnion) {
    return (inner.options as z.ZodType[]).map(keysOf).find((keys) => keys !== undefined);
  }
  return undefined;
}

/** `a map`, `a list`, or both. */
export function kindOf(schema: z.ZodType | undefined): string {
  const inner = schema === undefined ? undefined : unwrap(schema);
  if (inner instanceof z.ZodArray) return "a list";
  if (inner instanceof z.ZodUnion) return [...new Set((inner.options as z.ZodType[]).map(kindOf))].join(" or ");
  return inner instanceof z.ZodObject || inner instanceof z.ZodRecord ? "a map" : "text";
}

/** The first of the examples that editors show. */
export function exampleOf(schema: z.ZodType | undefined): unknown {
  const examples = schema?.meta()?.examples ?? (schema === undefined ? undefined : unwrap(schema).meta()?.examples);
  return Array.isArray(examples) ? examples[0] : undefined;
}

function stepInto(schema: z.ZodType, step: string | number): z.ZodType | undefined {
  if (schema instanceof z.ZodObject) return Object.hasOwn(schema.shape, step) ? schema.shape[step] : undefined;
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  return schema instanceof z.ZodArray && /^\d+$/.test(String(step)) ? (schema.element as z.ZodType) : undefined;
}

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault
    ? unwrap(schema.unwrap() as z.ZodType)
    : schema;
}
