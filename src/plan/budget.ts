import type { HostFacts } from "../lab/host-facts.ts";
import type { Lab, UplinkPlace } from "../lab/lab.ts";
import { onVhostUser } from "../lab/nic.ts";
import type { Observed, Plan } from "./plan.ts";

/** What another lab on the host holds, read from its containers' labels. */
export interface CpuClaim {
  readonly lab: string;
  readonly group: string;
  readonly owner: string;
  readonly cpus: readonly number[];
  /** Where its tunnels end, of the switch of a lab on several hosts; absent for others. */
  readonly uplink?: UplinkPlace;
  /** Not frozen, as the other labs of a comparison are while one is measured. */
  readonly running: boolean;
}

/** What a plan takes of the host and what is there for it. */
export interface Budget {
  readonly cpus: readonly {
    readonly cpu: number;
    readonly owners: readonly string[];
    readonly heldBy: string | undefined;
  }[];
  /** CPUs that are there and on which neither this lab nor another polls. */
  readonly freeCpus: readonly number[];
  readonly hugePages: {
    readonly pageKib: number;
    readonly needed: number;
    readonly held: number;
    readonly free: number;
  };
  /** Of vhost-user. */
  readonly sockets: number;
  readonly memifs: number;
  /** NFs that several chains pass, with the ports of each chain; empty where there are none. */
  readonly shared: readonly SharedNf[];
  /** Why the plan cannot be carried out now; empty if it can. */
  readonly obstacles: readonly Obstacle[];
}

/** An NF of several chains. */
export interface SharedNf {
  readonly nf: string;
  readonly chains: readonly { readonly chain: string; readonly ports: readonly number[] }[];
}

export interface Obstacle {
  readonly code: "cpu-held" | "too-few-free-huge-pages" | "tunnel-address-held";
  readonly message: string;
  readonly help: string;
}

/**
 * Weighs a plan against what the host has left: CPUs that other labs poll on, and huge pages that are free once this lab has given back what it replaces.
 */
export function planBudget(
  lab: Lab,
  plan: Plan,
  observed: readonly Observed[],
  facts: HostFacts,
  claims: readonly CpuClaim[],
): Budget {
  const rivals = claims.filter((claim) => contends(claim, lab));
  const cpus = lab.cpus.owners.map(({ cpu, owners }) => {
    const holder = rivals.find((claim) => claim.cpus.includes(cpu));
    return { cpu, owners, heldBy: holder === undefined ? undefined : `${holder.lab}/${holder.owner}` };
  });
  const staying = new Set(
    plan.steps.filter((step) => step.action === "keep" || step.action === "update").map((step) => step.id),
  );
  const held = observed.filter((item) => staying.has(item.id)).reduce((sum, item) => sum + pagesOf(item), 0);
  const returned = observed.filter((item) => !staying.has(item.id)).reduce((sum, item) => sum + pagesOf(item), 0);
  const needed = lab.hugePages.needed - held;
  const free = facts.hugePages.free + returned;
  return {
    cpus,
    freeCpus: facts.cpus.usable.filter(
      (cpu) => ![...cpus.map((own) => own.cpu), ...rivals.flatMap((claim) => claim.cpus)].includes(cpu),
    ),
    hugePages: { pageKib: facts.hugePages.pageKib, needed: lab.hugePages.needed, held, free },
    sockets: lab.nfs.flatMap((nf) => nf.ports).filter(onVhostUser).length,
    memifs: lab.hops.filter((hop) => hop.datapath === "memif").length,
    shared: lab.nfs.filter(({ chains }) => chains.length > 1).map(sharedNf),
    obstacles: [
      ...cpuObstacles(cpus),
      ...addressObstacles(lab, claims),
      ...(needed > free ? [pageObstacle(needed, free, facts)] : []),
    ],
  };
}

function sharedNf({ name, chains, ports }: Lab["nfs"][number]): SharedNf {
  const portsOf = (chain: string) => ports.flatMap((port) => (port.chain === chain ? [port.index] : []));
  return { nf: name, chains: chains.map((chain) => ({ chain, ports: portsOf(chain) })) };
}

/** What it really holds: a container that does not run gave its pages back when it ended. */
function pagesOf(item: Observed): number {
  return item.problem === undefined || item.problem.repairable ? item.hugePages : 0;
}

/** Labs of one group take turns: those that are frozen leave their CPUs to the one that is not. */
function contends(claim: CpuClaim, lab: Lab): boolean {
  return claim.lab !== lab.name && (claim.running || claim.group !== lab.group);
}

function cpuObstacles(cpus: Budget["cpus"]): readonly Obstacle[] {
  return cpus
    .filter((cpu) => cpu.heldBy !== undefined)
    .map(({ cpu, owners, heldBy }) => ({
      code: "cpu-held",
      message: `CPU ${cpu}, wanted for ${owners.join(" and ")}, is held by ${heldBy}`,
      help: `destroy that lab (corebed destroy ${heldBy?.split("/")[0]}) or give other cores`,
    }));
}

/** A frozen switch has its address as well: who asks for it is answered by its kernel. */
function addressObstacles({ name, switch: ovs }: Lab, claims: readonly CpuClaim[]): readonly Obstacle[] {
  const uplink = ovs?.uplink;
  if (uplink === undefined) return [];
  const own = uplink.address.replace(/\/.*/, "");
  const holder = claims.find(
    (claim) => claim.lab !== name && claim.uplink?.parent === uplink.parent && claim.uplink.address === own,
  );
  if (holder === undefined) return [];
  return [
    {
      code: "tunnel-address-held",
      message: `${own} on ${uplink.parent}, where this lab's tunnels are to end, is held by lab ${holder.lab}`,
      help: `destroy that lab (corebed destroy ${holder.lab}, on each of its hosts, or with its file) or give the tunnel another address`,
    },
  ];
}

function pageObstacle(needed: number, free: number, facts: HostFacts): Obstacle {
  const missing = needed - free;
  return {
    code: "too-few-free-huge-pages",
    message: `${needed} more huge pages of ${facts.hugePages.pageKib / 1024} MiB are needed and ${free} are free`,
    help: `reserve ${missing} more: sysctl -w vm.nr_hugepages=${facts.hugePages.total + missing}, or destroy labs that are not used (corebed status)`,
  };
}
