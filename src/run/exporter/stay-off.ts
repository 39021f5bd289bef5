import { type Host, HostError } from "../../host/host.ts";
import { formatCpuList, parseCpuList } from "../../host/parse/cpu-list.ts";

/**
 * Keeps this process off the CPUs on which labs poll, as far as there are others; the kernel would mostly do so by itself, but not always. Node has no
 * call for it: taskset (util-linux) has. Where that is missing the process stays where the kernel puts it.
 */
export function stayOff(host: Pick<Host, "run" | "read">): (cpus: readonly number[]) => Promise<void> {
  let usable: readonly number[] | undefined;
  let now: string | undefined;
  return async (cpus) => {
    try {
      usable ??= parseCpuList(
        /^Cpus_allowed_list:\s*(.*)$/m.exec((await host.read("/proc/self/status")) ?? "")?.[1] ?? "",
      );
      const all = formatCpuList(usable);
      const wanted = formatCpuList(usable.filter((cpu) => !cpus.includes(cpu))) || all;
      if (wanted === (now ?? all)) return;
      now = wanted;
      await host.run(["taskset", "--all-tasks", "--cpu-list", "--pid", wanted, String(process.pid)]);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  };
}
