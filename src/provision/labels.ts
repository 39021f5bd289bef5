import { canonicalJson, type Resource, type ResourceKind, type SpecOf, specDigest } from "../lab/resource.ts";

/** Every Docker object of a lab carries these; what does not is never touched. */
export const LABEL = {
  lab: "corebed.lab",
  group: "corebed.group",
  resource: "corebed.resource",
  digest: "corebed.digest",
  spec: "corebed.spec",
  /** Of an NF: the paths of the lab's chains when it was made. */
  paths: "corebed.paths",
  /** CPUs that it polls on. */
  cpus: "corebed.cpus",
  hugePages: "corebed.huge-pages",
} as const;

/** The labels that mark a Docker object as this resource. */
export function labelsOf(resource: Resource): Record<string, string> {
  return {
    [LABEL.lab]: resource.lab,
    [LABEL.resource]: resource.id,
    [LABEL.digest]: specDigest(resource.spec),
    [LABEL.spec]: canonicalJson(resource.spec),
    ...(resource.paths !== undefined && { [LABEL.paths]: JSON.stringify(resource.paths) }),
  };
}

/** The spec on an object's labels; undefined if it is not readable. */
export function specOf<Kind extends ResourceKind>(labels: Readonly<Record<string, string>>): SpecOf<Kind> | undefined {
  try {
    return JSON.parse(labels[LABEL.spec] ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}
