import { HIDDEN } from "../topology/hide-values.ts";
import type { Lab } from "./lab.ts";

/** An environment without the user's values, which may be passwords and keys: what leaves corebed has this one. corebed's own variables keep theirs. */
export function hideEnvironment(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, isOurs(name) ? value : HIDDEN]));
}

/** Whether a variable is one that corebed sets to tell an image of its place in the lab. */
export function isOurs(name: string): boolean {
  return name.startsWith("COREBED_");
}

/** The lab as a result keeps it. */
export function withoutEnvironment(lab: Lab): Lab {
  return {
    ...lab,
    nfs: lab.nfs.map((nf) => ({ ...nf, env: hideEnvironment(nf.env) })),
    ...(lab.parts !== undefined && {
      parts: lab.parts.map((part) => ({ ...part, lab: withoutEnvironment(part.lab) })),
    }),
  };
}
