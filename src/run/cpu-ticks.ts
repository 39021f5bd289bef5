import type { HostReader } from "../provision/driver.ts";

/** Time of one CPU since boot in clock ticks, by what it did. */
export interface CpuTicks {
  readonly busy: number;
  readonly idle: number;
  readonly steal: number;
}

/** Ticks of every CPU from /proc/stat. */
export async function readCpuTicks(host: HostReader): Promise<ReadonlyMap<number, CpuTicks>> {
  return parseCpuTicks((await host.read("/proc/stat")) ?? "");
}

/** Columns of a `cpuN` line: user nice system idle iowait irq softirq steal guest guest_nice (proc(5)); guest is in user already. */
export function parseCpuTicks(text: string): ReadonlyMap<number, CpuTicks> {
  const ticks = new Map<number, CpuTicks>();
  for (const [, cpu, columns] of text.matchAll(/^cpu(\d+) (.*)$/gm)) {
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = (columns ?? "")
      .trim()
      .split(/\s+/)
      .map(Number);
    ticks.set(Number(cpu), { busy: user + nice + system + irq + softirq, idle: idle + iowait, steal });
  }
  return ticks;
}
