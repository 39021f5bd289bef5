import type Docker from "dockerode";
import { LAB_ROOT } from "../lab/names.ts";
import type { CpuClaim } from "../plan/budget.ts";
import type { Observed } from "../plan/plan.ts";
import { NAME_PATTERN } from "../topology/thing-names.ts";
import { observeBridge } from "./bridge.ts";
import { observeCables } from "./cable.ts";
import { observeDirectories } from "./directory.ts";
import type { Observe, Reader } from "./driver.ts";
import { observeFlows } from "./flows.ts";
import { observeInterfaces } from "./interface.ts";
import { LABEL, placeOf } from "./labels.ts";
import { observeLimits } from "./limits.ts";
import { observeNetworks, ownNetworks } from "./network.ts";
import { observeNfs } from "./nf.ts";
import { nicLabs, observeNics } from "./nic.ts";
import { askedOnce } from "./once.ts";
import { observeShapers } from "./shaper.ts";
import { observeSwarm, swarmLabs } from "./swarm.ts";
import { observeSwitch } from "./switch.ts";
import { observeSwitchConfig } from "./switch-config.ts";
import { observePorts } from "./switch-port.ts";
import { observeUplinks } from "./uplink.ts";
import { observeVeths } from "./veth.ts";

const OBSERVERS: readonly Observe[] = [
  observeDirectories,
  observeVeths,
  observeNics,
  observeCables,
  observeInterfaces,
  observeSwarm,
  observeNetworks,
  observeSwitch,
  observeSwitchConfig,
  observeBridge,
  observeUplinks,
  observePorts,
  observeLimits,
  observeFlows,
  observeShapers,
  observeNfs,
];

/** Everything on the host that carries the lab's mark. Reads only. */
export async function observeLab(reader: Reader, lab: string): Promise<readonly Observed[]> {
  const once = askedOnce(reader);
  return (await Promise.all(OBSERVERS.map((observe) => observe(once, lab)))).flat();
}

/** Names of all labs of which anything is left on the host, sorted. */
export async function labNames(reader: Reader): Promise<readonly string[]> {
  const [containers, networks, directories, veths, nics, swarm] = await Promise.all([
    reader.docker.containers(LABEL.lab),
    reader.docker.networks(LABEL.lab).then((all) => ownNetworks(reader, all)),
    reader.host.list(LAB_ROOT),
    vethLabs(reader),
    nicLabs(reader.host),
    swarmLabs(reader),
  ]);
  const names = [
    ...containers.map((container) => container.Labels[LABEL.lab]),
    ...networks.map((network) => network.Labels?.[LABEL.lab]),
    // Beside the labs' directories only files with a dot in their names live there, which no lab has.
    ...(directories ?? []),
    ...veths,
    ...nics,
    ...swarm,
  ];
  return [...new Set(names.filter(isLabName))].toSorted();
}

/** Labels come with images as well, whoever made them: what is no name of a lab is not one of ours. */
function isLabName(name: string | undefined): name is string {
  return name !== undefined && NAME_PATTERN.test(name);
}

async function vethLabs(reader: Reader): Promise<readonly string[]> {
  const names = (await reader.host.list("/sys/class/net")) ?? [];
  const ours = names.filter((name) => /^cb[0-9a-f]{8}a$/.test(name));
  const aliases = await Promise.all(ours.map((name) => reader.host.read(`/sys/class/net/${name}/ifalias`)));
  return aliases.flatMap((alias) => (alias?.startsWith("corebed:") ? [alias.split(":")[1] ?? ""] : []));
}

/** The address where a lab's tunnels end is its switch's. */
function uplinkClaim(container: Pick<Docker.ContainerInfo, "Labels">): Pick<CpuClaim, "uplink"> {
  const uplink = isOfSwitch(container) ? placeOf([container])?.uplink : undefined;
  return uplink === undefined ? {} : { uplink };
}

function isOfSwitch({ Labels }: Pick<Docker.ContainerInfo, "Labels">): boolean {
  return Labels[LABEL.resource]?.startsWith("switch:") === true;
}

/** CPUs that running containers of any lab poll on, and addresses where its tunnels end. */
export async function cpuClaims(reader: Reader): Promise<readonly CpuClaim[]> {
  const containers = await reader.docker.containers(LABEL.lab);
  return containers
    .filter((container) => container.State === "running" || container.State === "paused")
    .filter((container) => isLabName(container.Labels[LABEL.lab]))
    .map((container) => ({
      lab: container.Labels[LABEL.lab] ?? "",
      group: container.Labels[LABEL.group] ?? "",
      owner: (container.Labels[LABEL.resource] ?? "").split(":")[1] ?? "",
      cpus: (container.Labels[LABEL.cpus] ?? "").split(",").filter(Boolean).map(Number),
      running: container.State === "running",
      ...uplinkClaim(container),
    }));
}
