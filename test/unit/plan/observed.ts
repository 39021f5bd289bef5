import { type Resource, specDigest } from "../../../src/lab/resource.ts";
import type { Observed } from "../../../src/plan/plan.ts";

/** What observers see of resources that are all as they should be. */
export function observedFrom(resources: readonly Resource[]): readonly Observed[] {
  return resources.map(
    ({ kind, id, lab, spec, inside }) =>
      ({
        kind,
        id,
        lab,
        digest: specDigest(spec),
        spec,
        problem: undefined,
        inside,
        hugePages: "hugePages" in spec ? spec.hugePages : 0,
      }) as Observed,
  );
}

/** The same with one of them changed. */
export function withItem(
  observed: readonly Observed[],
  id: string,
  parts: Partial<Pick<Observed, "digest" | "problem" | "spec" | "hugePages">>,
): readonly Observed[] {
  if (!observed.some((item) => item.id === id)) throw new Error(`nothing observed is called ${id}`);
  return observed.map((item) => (item.id === id ? ({ ...item, ...parts } as Observed) : item));
}

/** The same without these, and without what sits in them. */
export function without(observed: readonly Observed[], ...ids: readonly string[]): readonly Observed[] {
  const gone = new Set(ids);
  for (const id of ids)
    if (!observed.some((item) => item.id === id)) throw new Error(`nothing observed is called ${id}`);
  let left = observed.filter((item) => !gone.has(item.id));
  for (;;) {
    const there = new Set(left.map((item) => item.id));
    const next = left.filter((item) => item.inside === undefined || there.has(item.inside));
    if (next.length === left.length) return left;
    left = next;
  }
}
