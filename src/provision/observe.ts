import { LAB_ROOT } from "../lab/names.ts";
import type { CpuClaim } from "../plan/budget.ts";
import type { Observed } from "../plan/plan.ts";
import { observeBridge } from "./bridge.ts";
import { observeCables } from "./cable.ts";
import { observeDirectories } from "./directory.ts";
import type { Observe, Reader } from "./driver.ts";
import { observeFlows } from "./flows.ts";
import { LABEL } from "./labels.ts";
import { observeLimits } from "./limits.ts";
import { observeNetworks } from "./network.ts";
import { observeNfs } from "./nf.ts";
import { nicLabs, observeNics } from "./nic.ts";
import { observeShapers } from "./shaper.ts";
import { observeSwarm, swarmLabs } from "./swarm.ts";
import { observeSwitch } from "./switch.ts";
import { observeSwitchConfig } from "./switch-config.ts";
import { observePorts } from "./switch-port.ts";
import { observeVeths } from "./veth.ts";

const OBSERVERS: readonly Observe[] = [
  observeDirectories,
  observeVeths,
  observeNics,
  observeCables,
  observeSwarm,
  observeNetworks,
  observeSwitch,
  observeSwitchConfig,
  observeBridge,
  observePorts,
  observeLimits,
  observeFlows,
  observeShapers,
  observeNfs,
];

/** Everything on the host that carries the lab's mark. Reads only. */
export async function observeLab(reader: Reader, lab: string): Promise<readonly Observed[]> {
  return (await Promise.all(OBSERVERS.map((observe) => observe(reader, lab)))).flat();
}

/** Names of all labs of which anything is left on the host, sorted. */
export async function labNames(reader: Reader): Promise<readonly string[]> {
  const [containers, networks, directories, veths, nics, swarm] = await Promise.all([
    reader.docker.containers(LABEL.lab),
    reader.docker.networks(LABEL.lab),
    reader.host.list(LAB_ROOT),
    vethLabs(reader),
    nicLabs(reader.host),
    swarmLabs(reader),
  ]);
  const names = [
    ...containers.map((container) => container.Labels[LABEL.lab]),
    ...networks.map((network) => network.Labels?.[LABEL.lab]),
    // Beside the labs' directories only files with a dot in their names live there.
    ...(directories ?? []).filter((name) => !name.includes(".")),
    ...veths,
    ...nics,
    ...swarm,
  ];
  return [...new Set(names.filter((name) => name !== undefined))].toSorted();
}

async function vethLabs(reader: Reader): Promise<readonly string[]> {
  const names = (await reader.host.list("/sys/class/net")) ?? [];
  const ours = names.filter((name) => /^cb[0-9a-f]{8}a$/.test(name));
  const aliases = await Promise.all(ours.map((name) => reader.host.read(`/sys/class/net/${name}/ifalias`)));
  return aliases.flatMap((alias) => (alias?.startsWith("corebed:") ? [alias.split(":")[1] ?? ""] : []));
}

/** CPUs that running containers of any lab poll on. */
export async function cpuClaims(reader: Reader): Promise<readonly CpuClaim[]> {
  const containers = await reader.docker.containers(LABEL.lab);
  return containers
    .filter((container) => container.State === "running" || container.State === "paused")
    .map((container) => ({
      lab: container.Labels[LABEL.lab] ?? "",
      group: container.Labels[LABEL.group] ?? "",
      owner: (container.Labels[LABEL.resource] ?? "").split(":")[1] ?? "",
      cpus: (container.Labels[LABEL.cpus] ?? "").split(",").filter(Boolean).map(Number),
      running: container.State === "running",
    }));
}
