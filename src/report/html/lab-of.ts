import type { Lab } from "../../lab/lab.ts";
import type { Result } from "../../measure/result.ts";

/** The resolved lab of an arm; undefined where the result carries none of this version: the rest of a result can be read without it. */
export function labOf(result: Result, name: string): Lab | undefined {
  const lab = result.labs[name];
  return isLab(lab) ? lab : undefined;
}

function isLab(value: unknown): value is Lab {
  if (typeof value !== "object" || value === null || !("schema" in value) || value.schema !== "corebed/lab/1") {
    return false;
  }
  const { cpus, nfs, hops, chains } = value as Partial<Lab>;
  return [cpus?.owners, nfs, hops, chains].every((part) => Array.isArray(part));
}
