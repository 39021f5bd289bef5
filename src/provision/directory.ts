import { HostError } from "../host/host.ts";
import { systemErrorCode } from "../host/system-error.ts";
import { LAB_DIRECTORY_ID, labDirectory } from "../lab/names.ts";
import { specDigest } from "../lab/resource.ts";
import type { Observed, Problem } from "../plan/plan.ts";
import type { Driver, HostReader, Observe } from "./driver.ts";
import { readableSpec } from "./readable-spec.ts";

/** The lab's directory and the ones in it, by their names alone: everything under it is the lab's. */
export const observeDirectories: Observe = async (reader, lab) => {
  const root = labDirectory(lab);
  const found = await look(reader.host, root);
  if (found === undefined) return [];
  return [
    { ...directory(lab, LAB_DIRECTORY_ID, root, undefined), problem: found.problem },
    ...found.names.map((name) => directory(lab, `directory:${name}`, `${root}/${name}`, LAB_DIRECTORY_ID)),
  ];
};

/** What is in a directory, or that something else is in its place: whatever has the name of a lab there is the lab's. Undefined if nothing is. */
async function look(
  host: HostReader,
  path: string,
): Promise<{ readonly names: readonly string[]; readonly problem: Problem | undefined } | undefined> {
  try {
    const names = await host.list(path);
    return names && { names, problem: undefined };
  } catch (error) {
    if (!(error instanceof HostError && systemErrorCode(error.cause) === "ENOTDIR")) throw error;
    return { names: [], problem: { text: "is no directory", repairable: false } };
  }
}

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
