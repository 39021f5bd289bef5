/** Values of /proc/meminfo by name, as they stand there (kB, or a count for the HugePages_ lines). */
export function parseMeminfo(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const match of text.matchAll(/^([^:\n]+):\s+(\d+)/gm)) values.set(match[1] ?? "", Number(match[2]));
  return values;
}

/** Text after `name:` in /proc/self/status. */
export function statusField(status: string, name: string): string | undefined {
  return status
    .split("\n")
    .find((line) => line.startsWith(`${name}:`))
    ?.slice(name.length + 1)
    .trim();
}

/** First "model name" of /proc/cpuinfo; ARM kernels give none. */
export function cpuModel(cpuinfo: string): string | undefined {
  return /^model name\s*:\s*(.+)$/m.exec(cpuinfo)?.[1]?.trim();
}

/** Whether the CPU has the AVX-512 instructions that DPDK's drivers use; undefined where it lists no flags as x86 does. */
export function hasAvx512(cpuinfo: string): boolean | undefined {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(" ");
  return flags && ["avx512f", "avx512bw", "avx512vl"].every((flag) => flags.includes(flag));
}

/** Does the CPU say that it runs under a hypervisor (x86)? */
export function hasHypervisorFlag(cpuinfo: string): boolean {
  return /^flags\s*:.*\bhypervisor\b/m.test(cpuinfo);
}

/** Soft limit of locked memory in /proc/self/limits, in bytes; undefined means unlimited. */
export function memlockLimit(limits: string): number | undefined {
  const soft = /^Max locked memory\s+(\S+)/m.exec(limits)?.[1];
  return soft === undefined || soft === "unlimited" ? undefined : Number(soft);
}

/** KEY=value lines of /etc/os-release, unquoted. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const match of text.matchAll(/^([A-Z_]+)=(["']?)(.*?)\2$/gm)) values.set(match[1] ?? "", match[3] ?? "");
  return values;
}

/** Total and stolen time over all CPUs in /proc/stat, in ticks. Guest time is already part of user time. */
export function cpuTicks(stat: string): { readonly total: number; readonly steal: number } {
  const fields = (/^cpu\s+(.+)$/m.exec(stat)?.[1] ?? "").trim().split(/\s+/).map(Number).slice(0, 8);
  return { total: fields.reduce((sum, ticks) => sum + (ticks || 0), 0), steal: fields[7] ?? 0 };
}

/** Share of CPU time that the hypervisor took between two samples of /proc/stat, 0..1. */
export function stealRatio(before: string, after: string): number {
  const [first, second] = [cpuTicks(before), cpuTicks(after)];
  const total = second.total - first.total;
  return total <= 0 ? 0 : Math.min(1, Math.max(0, (second.steal - first.steal) / total));
}
