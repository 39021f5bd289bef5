import type { ResourceKind, SpecOf } from "../lab/resource.ts";
import type { ObservedOf } from "../plan/plan.ts";

/** Something carries a lab's mark but not what is needed to remove it: it was changed by hand, or by a corebed of another version. */
export class UnreadableMarkError extends Error {
  constructor(id: string) {
    super(
      `the mark of ${id} cannot be read; remove it by hand (docker ps -a, docker network ls: label corebed.resource=${id})`,
    );
    this.name = "UnreadableMarkError";
  }
}

/** The spec of something that is to be removed; never passes over it in silence. */
export function readableSpec<Kind extends ResourceKind>(observed: ObservedOf<Kind>): SpecOf<Kind> {
  if (observed.spec === undefined) throw new UnreadableMarkError(observed.id);
  return observed.spec;
}
