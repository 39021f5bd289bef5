import type { HostFacts } from "../../lab/host-facts.ts";

/** One line of /proc/self/mounts. */
export interface Mount {
  readonly path: string;
  readonly type: string;
}

/** /proc/self/mounts; spaces in paths are written as \040 there. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line) => {
    const [, path, type] = line.split(" ");
    if (path === undefined || type === undefined) return [];
    return [{ path: path.replace(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8))), type }];
  });
}

/** v2 alone, v1 alone, or controllers on v1 with a v2 tree beside them (hybrid). */
export function cgroupVersion(mounts: readonly Mount[]): HostFacts["cgroup"] {
  const trees = mounts.filter(({ path }) => path === "/sys/fs/cgroup" || path.startsWith("/sys/fs/cgroup/"));
  const v1 = trees.some(({ type }) => type === "cgroup");
  const v2 = trees.some(({ type }) => type === "cgroup2");
  if (v1) return v2 ? "hybrid" : "v1";
  return v2 ? "v2" : "v1";
}

/** Where huge pages are mounted. */
export function hugetlbfsMounts(mounts: readonly Mount[]): readonly string[] {
  return mounts.filter(({ type }) => type === "hugetlbfs").map(({ path }) => path);
}
