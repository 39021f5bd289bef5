import type { Diagnostic } from "./diagnostic.ts";

/** Sorts by line and column; what has no place comes first. */
export function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (a.span?.line ?? 0) - (b.span?.line ?? 0) || (a.span?.column ?? 0) - (b.span?.column ?? 0);
}
