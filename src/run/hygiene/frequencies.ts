import type { HostReader } from "../../provision/driver.ts";

/** Present clock of these CPUs in MHz, where the kernel shows it: cpufreq, or what /proc/cpuinfo says (which a virtual machine makes up at boot). */
export async function readFrequencies(host: HostReader, cpus: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const entries = await Promise.all(
    cpus.map(async (cpu) => {
      const khz = Number(await host.read(`/sys/devices/system/cpu/cpu${cpu}/cpufreq/scaling_cur_freq`));
      return Number.isFinite(khz) && khz > 0 ? [[cpu, khz / 1000] as const] : [];
    }),
  );
  return new Map(entries.flat());
}
