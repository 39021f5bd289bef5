import type { CpuFacts } from "../lab/host-facts.ts";
import type { Text } from "./look.ts";
import { parseCpuList } from "./parse/cpu-list.ts";
import { cpuModel, hasAvx512, statusField } from "./parse/proc-text.ts";
import type { Looker, SurveyRequest } from "./survey.ts";

/** Where the CPU facts are found, but for control groups. */
export const CPU_PLACES: SurveyRequest = {
  files: [
    "/proc/self/cgroup",
    "/sys/devices/system/cpu/online",
    "/sys/devices/system/cpu/isolated",
    "/sys/devices/system/cpu/cpu*/cpufreq/scaling_governor",
    "/sys/devices/system/cpu/cpu*/topology/thread_siblings_list",
    "/sys/devices/system/node/node*/cpulist",
  ],
  names: ["/sys/devices/system/node/*"],
};

const CPU_FOLDER = "/sys/devices/system/cpu";
const NODE_FOLDER = "/sys/devices/system/node";
const CGROUP_FOLDER = "/sys/fs/cgroup";

/** The CPU facts of a host, given its /proc/cpuinfo and the caller's /proc/self/status. */
export async function readCpuFacts(
  host: Looker,
  text: Text,
  { cpuinfo, status }: { readonly cpuinfo: string; readonly status: string },
): Promise<CpuFacts> {
  const online = parseCpuList(await text(`${CPU_FOLDER}/online`));
  const [isolatedText, governor, siblings, numaNodes, cpuset] = await Promise.all([
    text(`${CPU_FOLDER}/isolated`),
    text(`${CPU_FOLDER}/cpu${online[0] ?? 0}/cpufreq/scaling_governor`),
    Promise.all(online.map((cpu) => text(`${CPU_FOLDER}/cpu${cpu}/topology/thread_siblings_list`))),
    readNumaNodes(host, text),
    readCpuset(text),
  ]);
  const isolated = parseCpuList(isolatedText);
  const groups = [...new Set(siblings.map((list) => list.trim()))].map(parseCpuList);
  return {
    model: cpuModel(cpuinfo) ?? "unknown",
    usable: usableCpus({
      online,
      isolated,
      allowed: parseCpuList(statusField(status, "Cpus_allowed_list") ?? ""),
      cpuset,
    }),
    isolated,
    smtSiblings: groups.filter((group) => group.length > 1),
    numaNodes,
    governor: governor.trim() === "" ? undefined : governor.trim(),
    avx512: hasAvx512(cpuinfo),
  };
}

/**
 * The CPUs that a container may be put on. A process's own mask leaves out isolated CPUs, which are the very ones to use: they count too, unless a cpuset
 * (of the container that this runs in, say) keeps them away.
 */
export function usableCpus(cpus: {
  readonly online: readonly number[];
  readonly isolated: readonly number[];
  /** Affinity mask of the caller; empty if unknown. */
  readonly allowed: readonly number[];
  /** Cpuset of the caller; empty if unknown. */
  readonly cpuset: readonly number[];
}): readonly number[] {
  const { online, isolated, allowed, cpuset } = cpus;
  if (allowed.length === 0) return online;
  return online.filter(
    (cpu) => allowed.includes(cpu) || (isolated.includes(cpu) && (cpuset.length === 0 || cpuset.includes(cpu))),
  );
}

/** The cpuset of the caller's control group, or of the nearest one above that has one. */
async function readCpuset(text: Text): Promise<readonly number[]> {
  for (const file of cpusetFiles(await text("/proc/self/cgroup"))) {
    const cpus = parseCpuList(await text(file));
    if (cpus.length > 0) return cpus;
  }
  return [];
}

/** Given /proc/self/cgroup: the files that may tell the cpuset, in the order in which they count. */
export function cpusetFiles(cgroups: string): readonly string[] {
  return cgroups.split("\n").flatMap((line) => {
    const [, controllers, path = "/"] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined) return [];
    return controllers === "" ? v2Files(path) : controllers.split(",").includes("cpuset") ? v1Files(path) : [];
  });
}

function v2Files(path: string): readonly string[] {
  return withParents(path).map((folder) => `${CGROUP_FOLDER}${folder}/cpuset.cpus.effective`);
}

function v1Files(path: string): readonly string[] {
  return withParents(path).map((folder) => `${CGROUP_FOLDER}/cpuset${folder}/cpuset.effective_cpus`);
}

/** `/a/b` gives `/a/b`, `/a` and the empty path of the root. */
function withParents(path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return [...parts.map((_, index) => `/${parts.slice(0, parts.length - index).join("/")}`), ""];
}

async function readNumaNodes(host: Looker, text: Text): Promise<CpuFacts["numaNodes"]> {
  const names = (await host.list(NODE_FOLDER)) ?? [];
  const nodes = names.flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  return await Promise.all(
    nodes
      .sort((a, b) => a - b)
      .map(async (node) => ({ node, cpus: parseCpuList(await text(`${NODE_FOLDER}/node${node}/cpulist`)) })),
  );
}
