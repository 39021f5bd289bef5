import { isOurs } from "../lab/hide-environment.ts";
import type { ResourceSpec } from "../lab/resource.ts";
import { HIDDEN } from "../topology/hide-values.ts";
import type { Change } from "./plan.ts";

/** The members of two specs that differ, by dotted path, in the order of the new one; whole arrays of plain values are one member. */
export function diffSpecs(before: ResourceSpec, after: ResourceSpec): readonly Change[] {
  const changes: Change[] = [];
  walk("", before, after, changes);
  return changes;
}

function walk(path: string, before: unknown, after: unknown, changes: Change[]): void {
  const inner = keyed(before);
  const outer = keyed(after);
  if (inner === undefined || outer === undefined) {
    if (show(before) !== show(after)) {
      const shown = isSecret(path) ? hidden : show;
      changes.push({ path, before: shown(before), after: shown(after) });
    }
    return;
  }
  for (const key of new Set([...outer.keys(), ...inner.keys()])) {
    walk(path === "" ? key : `${path}.${key}`, inner.get(key), outer.get(key), changes);
  }
}

/** Members of an object, or elements of an array of objects by their name, flow or index; undefined for plain values. */
function keyed(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (value === null || typeof value !== "object") return undefined;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  if (!value.every((element) => element !== null && typeof element === "object")) return undefined;
  return new Map(
    value.map((element: Record<string, unknown>, index) => [String(element.name ?? element.inPort ?? index), element]),
  );
}

/** A value of an NF's environment that is the user's. */
function isSecret(path: string): boolean {
  return path.startsWith("env.") && !isOurs(path.slice("env.".length));
}

function hidden(value: unknown): string | undefined {
  return value === undefined ? undefined : HIDDEN;
}

function show(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}
