import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { limitHugePages } from "../../faults/huge-pages.ts";
import { temporaryDirectory } from "../../temporary-directory.ts";

/** A directory that looks like the kernel's, with a tree of version 2 in it. */
function groupsWith(tree: string, controllers: string, on = ""): string {
  const groups = temporaryDirectory("groups");
  mkdirSync(join(groups, tree), { recursive: true });
  writeFileSync(join(groups, tree, "cgroup.controllers"), `${controllers}\n`);
  writeFileSync(join(groups, tree, "cgroup.subtree_control"), `${on}\n`);
  return groups;
}

test.each([
  ["of version 2 alone", "."],
  ["of both versions", "unified"],
])("huge pages are limited on a machine with control groups %s", async (_which, tree) => {
  const groups = groupsWith(tree, "cpu hugetlb memory");
  const at = (name: string): string => readFileSync(join(groups, tree, name), "utf8");
  {
    await using _limit = await limitHugePages(100, groups);
    expect(at("hugetlb.2MB.rsvd.max")).toBe("104857600");
    expect(at("cgroup.subtree_control")).toBe("+hugetlb");
  }
  expect(at("hugetlb.2MB.rsvd.max")).toBe("max");
  expect(at("cgroup.subtree_control")).toBe("-hugetlb");
});

test("what was on stays on", async () => {
  const groups = groupsWith(".", "cpu hugetlb", "cpu hugetlb");
  {
    await using _limit = await limitHugePages(16, groups);
  }
  expect(readFileSync(join(groups, "cgroup.subtree_control"), "utf8")).toBe("cpu hugetlb\n");
});

test("a machine that has huge pages under version 1 alone says why it could not be done", async () => {
  await expect(limitHugePages(16, groupsWith("unified", "cpu memory"))).rejects.toThrow(
    "no control groups of version 2 with hugetlb: huge pages cannot be limited here",
  );
});
