import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { machineGroups, privateHost } from "./private-host.ts";

/**
 * Lets the private host's containers have no more than so many MiB of huge pages, by its control group, until disposed of. The pages that are free stay so for everybody else, and
 * for corebed's plan: only who asks for more is refused, as if somebody had been quicker. Throws where the machine has no such control groups, with what it lacks.
 */
export async function limitHugePages(
  mib: number,
  groups = machineGroups(privateHost() ?? ""),
): Promise<AsyncDisposable> {
  const tree = await treeWithHugePages(groups);
  const switches = join(tree, "cgroup.subtree_control");
  const on = (await wordsIn(switches)).includes("hugetlb");
  if (!on) await writeFile(switches, "+hugetlb");
  const group = join(tree, basename(privateHost() ?? ""));
  await mkdir(group, { recursive: true });
  const set = (limit: string) => writeFile(join(group, "hugetlb.2MB.rsvd.max"), limit);
  await set(String(mib << 20));
  return {
    [Symbol.asyncDispose]: async () => {
      await set("max");
      if (!on) await writeFile(switches, "-hugetlb");
    },
  };
}

/** The tree of version 2: all there is, or beside those of version 1 (hybrid), which may have huge pages to themselves. */
async function treeWithHugePages(groups: string): Promise<string> {
  for (const tree of [groups, join(groups, "unified")]) {
    const controllers = await wordsIn(join(tree, "cgroup.controllers"));
    if (controllers.includes("hugetlb")) return tree;
  }
  throw new Error(`${groups} has no control groups of version 2 with hugetlb: huge pages cannot be limited here`);
}

async function wordsIn(path: string): Promise<readonly string[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.trim().split(/\s+/);
}
