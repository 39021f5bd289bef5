import type { LabReading } from "../exporter/reading.ts";
import { nfState, switchState } from "./lab-state.ts";
import type { CpuOwner, PageCpu } from "./page-state.ts";
import { type Rates, share } from "./rates.ts";

/** Every CPU on which a lab polls, with what runs on it and how busy both are. */
export function cpuStates(labs: readonly LabReading[], rates: Rates): readonly PageCpu[] {
  const owners = labs.flatMap((lab) => ownersIn(lab, rates));
  return [...Map.groupBy(owners, ({ cpu }) => cpu)]
    .toSorted(([a], [b]) => a - b)
    .map(([cpu, all]) => {
      const core = String(cpu);
      const mode = (name: string) => rates.sum("corebed_core_cpu_seconds_total", { core, mode: name });
      const [busy, idle, steal] = [mode("busy"), mode("idle"), mode("steal")];
      const away = idle === undefined || steal === undefined ? undefined : idle + steal;
      const [busyShare, stealShare] = [share(busy, away), share(steal, sum(busy, idle))];
      return {
        cpu,
        ...(busyShare !== undefined && { busy: busyShare }),
        ...(stealShare !== undefined && { steal: stealShare }),
        owners: all.map(({ owner }) => owner),
      };
    });
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

interface Owned {
  readonly cpu: number;
  readonly owner: CpuOwner;
}

function ownersIn(reading: LabReading, rates: Rates): readonly Owned[] {
  const lab = reading.lab.name;
  const pmds = (reading.lab.switch?.spec.pmdCpus ?? []).map((cpu): Owned => {
    const labels = { lab, core: String(cpu) };
    const busy = share(
      rates.sum("corebed_pmd_busy_cycles_total", labels),
      rates.sum("corebed_pmd_idle_cycles_total", labels),
    );
    return { cpu, owner: withBusy({ lab, name: "switch", app: "switch", state: switchState(reading) }, busy) };
  });
  const nfs = reading.nfs.map((nf): Owned => {
    const { spec } = nf.nf;
    const labels = { lab, nf: spec.nf };
    const busy = share(
      rates.sum("corebed_nf_worker_busy_cycles_total", labels),
      rates.sum("corebed_nf_worker_idle_cycles_total", labels),
    );
    const owner = { lab, name: spec.nf, app: spec.app ?? "", state: nfState(nf) };
    return { cpu: spec.workerCpu, owner: withBusy(owner, busy) };
  });
  return [...pmds, ...nfs];
}

function withBusy(owner: CpuOwner, busy: number | undefined): CpuOwner {
  return busy === undefined ? owner : { ...owner, busy };
}
