import { LAB_DIRECTORY_ID, labDirectory } from "../lab/names.ts";
import { specDigest } from "../lab/resource.ts";
import type { Observed } from "../plan/plan.ts";
import type { Driver, Observe } from "./driver.ts";
import { readableSpec } from "./readable-spec.ts";

/** The lab's directory and the ones in it, by their names alone: everything under it is the lab's. */
export const observeDirectories: Observe = async (reader, lab) => {
  const root = labDirectory(lab);
  const names = await reader.host.list(root);
  if (names === undefined) return [];
  return [
    directory(lab, LAB_DIRECTORY_ID, root, undefined),
    ...names.map((name) => directory(lab, `directory:${name}`, `${root}/${name}`, LAB_DIRECTORY_ID)),
  ];
};

function directory(lab: string, id: string, path: string, inside: string | undefined): Observed {
  const spec = { path };
  return {
    kind: "directory",
    id,
    lab,
    digest: specDigest(spec),
    spec,
    problem: undefined,
    inside,
    hugePages: 0,
  };
}

export const directoryDriver: Driver<"directory"> = {
  create: (world, resource) => world.host.makeDirectory(resource.spec.path, 0o700),
  update: async () => {},
  delete: async (world, observed) => world.host.remove(readableSpec(observed).path),
};
