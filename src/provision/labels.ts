import { z } from "zod";
import type { LabPlace } from "../lab/lab.ts";
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
  /** Of a lab on several hosts: which of them this is, and where the others are. */
  place: "corebed.place",
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
    ...(resource.place !== undefined && { [LABEL.place]: JSON.stringify(resource.place) }),
  };
}

const placeSchema = z.object({
  host: z.string(),
  hosts: z.array(z.object({ name: z.string(), address: z.string(), hostname: z.string() })),
  uplink: z.object({ parent: z.string(), address: z.string() }).optional(),
});

/** Where the parts of a lab are, as the labels of these objects of it tell; undefined of a lab on one host. */
export function placeOf(
  objects: readonly { readonly Labels: Readonly<Record<string, string>> }[],
): LabPlace | undefined {
  for (const { Labels } of objects) {
    const text = Labels[LABEL.place];
    const place = text === undefined ? undefined : placeSchema.safeParse(parsed(text)).data;
    if (place === undefined) continue;
    const { uplink, ...rest } = place;
    return { ...rest, ...(uplink !== undefined && { uplink }) };
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The spec on an object's labels; undefined if it is not readable. */
export function specOf<Kind extends ResourceKind>(labels: Readonly<Record<string, string>>): SpecOf<Kind> | undefined {
  try {
    return JSON.parse(labels[LABEL.spec] ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}
