import { onDockerNetwork, onWire } from "../topology/datapaths.ts";
import type { Diagnostic, KeyPath, SourceFile } from "../topology/diagnostic.ts";
import type { Datapath, Topology } from "../topology/topology.ts";
import type { HostFacts, KernelFeature } from "./host-facts.ts";
import type { CpuPlacement, HugePageBudget, LabHop } from "./lab.ts";
import { memifCircle } from "./memif.ts";
import { passesSwitch } from "./nic.ts";
import type { PlacementResult } from "./place-cpus.ts";
import { wantsAvx512 } from "./virtio.ts";
import { xdpDiagnostics } from "./xdp-rules.ts";

/** What a datapath asks of the kernel. */
const NEEDED_FEATURES: Readonly<Record<Datapath, readonly KernelFeature[]>> = {
  "vhost-user": ["tun"],
  memif: [],
  "docker-bridge": ["veth", "bridge"],
  macvlan: ["veth", "macvlan"],
  ipvlan: ["veth", "ipvlan"],
  overlay: ["veth", "bridge", "vxlan"],
  host: ["veth"],
  "af-xdp": ["veth", "tun", "af-xdp"],
  "ovs-veth": ["veth", "tun"],
  none: [],
  nic: [],
};

/** What cannot be had here: a datapath that the kernel lacks, an NF on two kinds of network that exclude each other, a switch that is not the lab's. */
export function hostDiagnostics(
  topology: Topology,
  source: SourceFile,
  facts: HostFacts,
  hops: readonly LabHop[],
): readonly Diagnostic[] {
  return [
    ...missingFeatures(topology, source, facts, hops),
    ...hostNetworkMixes(topology, source, hops),
    ...xdpDiagnostics(topology, source, facts, hops),
    ...hostSwitch(topology, source, hops),
    ...missingVectors(topology, source, facts, hops),
    ...memifCircles(source, hops),
    ...disorderedInterfaces(topology, source, hops),
  ];
}

/** Who lends its buffers listens to nobody: where chains pass two such NFs in both orders, each would wait for the other. */
function memifCircles(source: SourceFile, hops: readonly LabHop[]): readonly Diagnostic[] {
  const circle = memifCircle(hops);
  const [nf] = circle;
  if (nf === undefined) return [];
  return [
    error(source, ["nfs", nf, "memif", "zeroCopy"], "memif-circle", {
      message: `over memif ${circle.map((name) => `NF ${name}`).join(" and ")} would each wait for the other to listen: chains pass them in both orders, and whoever receives without a copy cannot listen`,
      help: `remove zeroCopy from ${nf}`,
    }),
  ];
}

/** Docker names the interfaces of a container in no order beyond the second; corebed's own NFs find theirs by address. */
function disorderedInterfaces(topology: Topology, source: SourceFile, hops: readonly LabHop[]): readonly Diagnostic[] {
  return topology.nfs.flatMap(({ name, app }) => {
    const networks = hops.filter((hop) => hop.networks !== undefined && [hop.from.nf, hop.to.nf].includes(name));
    if (app !== "testpmd" || networks.length <= 2) return [];
    return [
      error(source, ["nfs", name, "app"], "testpmd-on-many-networks", {
        message: `NF ${name} is testpmd on ${networks.length} Docker networks, and cannot tell which of its interfaces is on which beyond two`,
        help: "use app: l2fwd, or another datapath for some of its hops",
      }),
    ];
  });
}

function missingFeatures(
  topology: Topology,
  source: SourceFile,
  facts: HostFacts,
  hops: readonly LabHop[],
): readonly Diagnostic[] {
  const used = [...new Set(hops.map((hop) => hop.datapath))];
  return used.flatMap((datapath) => {
    const lacking = NEEDED_FEATURES[datapath].filter((feature) => !facts.kernelSupport[feature]);
    if (lacking.length === 0) return [];
    return [
      error(source, datapathPath(topology, datapath), "datapath-not-possible", {
        message: `datapath ${datapath} cannot work here: the kernel of ${facts.hostname} has no ${lacking.join(" and no ")}`,
        help: `load the kernel module (modprobe ${[...(lacking.length > 1 ? ["-a"] : []), ...lacking].join(" ")}) or use another datapath; corebed doctor shows what this host can do`,
      }),
    ];
  });
}

/** Where the file speaks of a datapath: on its own chain, in compare, or at the top. */
export function datapathPath(topology: Topology, datapath: Datapath): KeyPath {
  const chain = topology.chains.find((candidate) => candidate.hops.includes(datapath));
  if (chain !== undefined) return ["chains", chain.name];
  const compared = topology.compare?.datapaths.indexOf(datapath) ?? -1;
  return compared >= 0 ? ["compare", "datapaths", compared] : ["datapath"];
}

/** A container in the host's network namespace cannot have interfaces in one of its own as well. */
function hostNetworkMixes(topology: Topology, source: SourceFile, hops: readonly LabHop[]): readonly Diagnostic[] {
  return topology.nfs.flatMap((nf) => {
    const own = hops.filter((hop) => hop.from.nf === nf.name || hop.to.nf === nf.name).map((hop) => hop.datapath);
    const other = own.find((datapath) => onDockerNetwork(datapath) || onWire(datapath));
    const inHost = hops.find(
      (hop) =>
        (hop.from.nf === nf.name || hop.to.nf === nf.name) && hop.veth !== undefined && hop.networks === undefined,
    );
    if (inHost === undefined || other === undefined) return [];
    const why = onWire(other)
      ? `over ${other} it needs a network namespace of its own`
      : "a container in the host's network namespace can join no Docker network";
    return [
      error(source, ["nfs", nf.name], "host-and-docker-network", {
        message: `NF ${nf.name} has one hop over ${inHost.datapath} and one over ${other}; ${why}`,
        help: `use ${other}, vhost-user or memif for both hops of ${nf.name}`,
      }),
    ];
  });
}

/** The drivers know only a switch of the lab's own: on another's database and run directory they would do harm. */
function hostSwitch(topology: Topology, source: SourceFile, hops: readonly LabHop[]): readonly Diagnostic[] {
  if (topology.switch.mode === "container" || !hops.some(passesSwitch)) return [];
  return [
    error(source, ["switch", "mode"], "host-switch-not-possible", {
      message: "corebed cannot yet use an OVS that is there already",
      help: "remove mode: host, and give the switch a CPU under cores: corebed then runs OVS-DPDK of its own",
    }),
  ];
}

/** Without the instructions the driver would take its plain path, and say nothing. */
function missingVectors(
  topology: Topology,
  source: SourceFile,
  { cpus, hostname }: HostFacts,
  hops: readonly LabHop[],
): readonly Diagnostic[] {
  if (cpus.avx512 !== false) return [];
  const onVhost = hops.flatMap(({ datapath, nics, from, to }) => [
    ...(datapath === "vhost-user" || nics?.out?.attach === "switch" ? [from.nf] : []),
    ...(datapath === "vhost-user" || nics?.in?.attach === "switch" ? [to.nf] : []),
  ]);
  const asking = topology.nfs.filter(({ name, virtio }) => onVhost.includes(name) && wantsAvx512({ virtio }));
  return asking.map(({ name }) =>
    error(source, ["nfs", name, "virtio", "vectorised"], "no-avx512", {
      message: `NF ${name} cannot have packed rings vectorised here: the CPUs of ${hostname} have no AVX-512`,
      help: "remove vectorised: true, or ring: packed: split rings are vectorised without AVX-512",
    }),
  );
}

/** Two busy polling threads on the hardware threads of one core slow each other down. */
export function smtWarnings(source: SourceFile, facts: HostFacts, placement: CpuPlacement): readonly Diagnostic[] {
  return facts.cpus.smtSiblings.flatMap((siblings) => {
    const busy = placement.owners.map((core) => core.cpu).filter((cpu) => siblings.includes(cpu));
    const second = busy[1];
    if (second === undefined) return [];
    return [
      {
        ...error(source, ["cores", String(second)], "smt-siblings", {
          message: `CPUs ${busy.join(" and ")} are hardware threads of one core; all poll, so each slows the others`,
          help: "use one hardware thread of each core for the data plane",
        }),
        severity: "warning",
      },
    ];
  });
}

/** Cores of the file that have no CPU on this host. */
export function missingCpuDiagnostics(
  topology: Topology,
  source: SourceFile,
  facts: HostFacts,
  placed: Extract<PlacementResult, { ok: false }>,
): readonly Diagnostic[] {
  const usable = rangeText(facts.cpus.usable);
  if (placed.reason === "switch-needs-own-cpu") {
    return [
      error(source, ["cores"], "switch-needs-own-cpu", {
        message: `the switch needs a CPU that no NF shares, and ${facts.hostname} has only CPU ${usable}`,
        help:
          facts.cpus.usable.length > 1
            ? `give the switch one of CPU ${usable} under cores, and the NFs the others`
            : "use a machine with at least two CPUs, or a kernel datapath",
      }),
    ];
  }
  const cores = topology.cores.filter((core) => placed.missing.includes(core.cpu));
  return cores.map((core) =>
    error(
      source,
      ["cores", String(core.cpu)],
      "no-such-cpu",
      {
        message: `${facts.hostname} has no CPU ${core.cpu} that corebed may use; it has ${usable}`,
        help: "give a CPU that is there, or add --fold-cores to share the ones that are (results are then marked)",
      },
      "key",
    ),
  );
}

/** The host has fewer huge pages, used or not, than the lab takes. */
export function budgetDiagnostics(source: SourceFile, facts: HostFacts, budget: HugePageBudget): readonly Diagnostic[] {
  if (budget.needed <= facts.hugePages.total) return [];
  const parts = budget.parts.map((part) => `${part.owner} ${part.pages}`).join(", ");
  return [
    error(source, ["nfs"], "too-few-huge-pages", {
      message: `the lab needs ${budget.needed} huge pages of ${budget.pageKib / 1024} MiB (${parts}); ${facts.hostname} has ${facts.hugePages.total}, of them ${facts.hugePages.free} free`,
      help: `reserve them: sysctl -w vm.nr_hugepages=${budget.needed} (corebed doctor --fix reserves the usual number), or give the NFs less memory`,
    }),
  ];
}

/** An error at a place of the file. */
export function error(
  source: SourceFile,
  path: KeyPath,
  code: string,
  text: { readonly message: string; readonly help: string },
  part: "key" | "value" = "value",
): Diagnostic {
  return { severity: "error", code, ...text, span: source.locate(path, part), related: [] };
}

/** `0-3,8`: CPUs as the kernel writes them. */
export function rangeText(cpus: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < cpus.length; i += 1) {
    const start = cpus[i];
    while (cpus[i + 1] === (cpus[i] ?? 0) + 1) i += 1;
    parts.push(start === cpus[i] ? `${start}` : `${start}-${cpus[i]}`);
  }
  return parts.join(",");
}
