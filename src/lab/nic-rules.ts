import type { Diagnostic, SourceFile } from "../topology/diagnostic.ts";
import type { NicSpec, Topology } from "../topology/topology.ts";
import { SWITCH_OWNER } from "../topology/topology.ts";
import type { HostFacts, NicFacts, VfioFacts } from "./host-facts.ts";
import type { CpuPlacement, LabHop } from "./lab.ts";
import { mtuOf, USUAL_MTU_BYTES } from "./mtu.ts";
import { labNics } from "./nic.ts";
import { groupBlockers, refusals } from "./nic-uses.ts";
import { interfaceProblem } from "./parent-rules.ts";
import { rangeText } from "./rules.ts";
import { LARGEST_UPLINK_MTU_BYTES } from "./tunnel.ts";

/** What keeps this host from giving the cards of the file to the lab. Facts that say nothing of cards forbid nothing. */
export function nicDiagnostics(
  topology: Topology,
  source: SourceFile,
  facts: HostFacts,
  hops: readonly LabHop[],
): readonly Diagnostic[] {
  const without = hops.find(({ datapath, nics }) => datapath === "nic" && nics === undefined);
  if (without !== undefined) return [noCards(without, source)];
  const tooLong = hops.find((hop) => hop.mtuBytes > USUAL_MTU_BYTES && isStandInOfSwitch(hop));
  if (tooLong !== undefined) return [noJumbo(tooLong, source)];
  return [...cardDiagnostics(topology, source, facts, hops), ...interfaceDiagnostics(topology, source, facts, hops)];
}

/** Interfaces that the kernel goes on driving. */
function interfaceDiagnostics(
  topology: Topology,
  source: SourceFile,
  facts: HostFacts,
  hops: readonly LabHop[],
): readonly Diagnostic[] {
  const problemAt = (parent: string): Words | undefined => {
    for (const feature of ["macvlan", "af-xdp"] as const) {
      if (facts.kernelSupport[feature]) continue;
      return {
        code: "no-such-feature",
        message: `the switch takes ${parent} by macvlan and AF_XDP, and the kernel of ${facts.hostname} has no ${feature}`,
        help: "use a card by its PCI address, or another datapath; corebed doctor shows what this host can do",
      };
    }
    const needed = mtuOf(topology.traffic);
    if (needed > LARGEST_UPLINK_MTU_BYTES) {
      return {
        code: "frame-too-long-for-xdp",
        message: `packets of ${needed} bytes do not fit the switch's AF_XDP buffers for ${parent}, which hold ${LARGEST_UPLINK_MTU_BYTES}`,
        help: "send smaller frames, or name the card by its PCI address, so that DPDK drives it",
      };
    }
    return interfaceProblem(parent, topology, facts, "or device: af-packet, which needs none");
  };
  return labNics(hops).flatMap(({ name, parent }) => {
    const words = parent === undefined ? undefined : problemAt(parent);
    if (words === undefined) return [];
    const span = source.locate(["nics", name, "device"], "value");
    return [{ severity: "error" as const, ...words, span, related: [] }];
  });
}

function cardDiagnostics(
  topology: Topology,
  source: SourceFile,
  facts: HostFacts,
  hops: readonly LabHop[],
): readonly Diagnostic[] {
  const { nics: known, vfio } = facts;
  if (known === undefined || vfio === undefined) return [];
  const used = new Set(labNics(hops).map(({ name }) => name));
  return topology.nics
    .filter(({ name, pci }) => pci !== undefined && used.has(name))
    .flatMap((nic) => {
      const problem = problemOf(nic, known, vfio, facts.hostname);
      if (problem === undefined) return [];
      const span = source.locate(["nics", nic.name, "device"], "value");
      return [{ severity: "error" as const, ...problem, span, related: [] }];
    });
}

/** Where the datapath came with the call and not with the file, which the file's own rules have not seen. */
function noCards({ from, to }: LabHop, source: SourceFile): Diagnostic {
  return {
    severity: "error",
    code: "too-few-nics",
    message: `the hop from ${from.nf} to ${to.nf} goes over nic, and nics has no two cards left for it`,
    help: "add them to nics: one to leave by and one to come in by",
    span: source.locate(["nics"], "key"),
    related: [],
  };
}

function isStandInOfSwitch({ nics }: LabHop): boolean {
  return nics?.out?.attach === "switch" && nics.out.interface !== undefined;
}

/** The virtual device tells OVS that its frames end at 1518 bytes (DPDK 22.11, af_packet), whatever its ring has room for. */
function noJumbo({ nics }: LabHop, source: SourceFile): Diagnostic {
  return {
    severity: "error",
    code: "stand-in-without-jumbo",
    message: `${nics?.out?.name} stands in for a card on the switch, where it takes no frames of more than 1518 bytes`,
    help: "send smaller frames, write attach: nf for both cards of the hop, or use real ones",
    span: source.locate(["nics", nics?.out?.name ?? ""], "value"),
    related: [],
  };
}

type Words = Pick<Diagnostic, "code" | "message" | "help">;

function problemOf(spec: NicSpec, known: readonly NicFacts[], vfio: VfioFacts, host: string): Words | undefined {
  const pci = spec.pci ?? "";
  const nic = known.find((candidate) => candidate.pci === pci);
  if (nic === undefined) {
    const others = known.map((candidate) => candidate.pci).join(", ");
    return {
      code: "no-such-nic",
      message: `${host} has no network card ${pci}`,
      help: `corebed nic list shows ${others === "" ? "that there is none on the PCI bus" : `those that there are: ${others}`}`,
    };
  }
  if (nic.driver === "vfio-pci") return vfioProblem(nic);
  const [worst] = refusals(nic, { force: false });
  if (worst !== undefined) {
    return {
      code: "nic-in-use",
      message: `${pci} ${worst.text}: no lab gets it`,
      help: "use a card that nothing else needs; corebed nic list shows what each is in use for",
    };
  }
  if (!spec.bind) {
    return {
      code: "nic-not-bound",
      message: `${pci} is with ${nic.driver ?? "no driver"}, not with vfio-pci, so DPDK cannot have it`,
      help: `corebed nic bind ${pci}, or write bind: true, and apply does it`,
    };
  }
  if (!vfio.driver) {
    return { code: "no-vfio", message: "the driver vfio-pci is not loaded", help: "modprobe vfio-pci" };
  }
  return vfioProblem(nic);
}

function vfioProblem(nic: NicFacts): Words | undefined {
  if (nic.iommuGroup === undefined) {
    return {
      code: "no-iommu",
      message: `${nic.pci} is behind no IOMMU: a container that has it could write to all memory of the host`,
      help: "switch the IOMMU on: in the firmware, and with intel_iommu=on iommu=pt on the kernel's command line",
    };
  }
  const blockers = groupBlockers(nic);
  if (blockers.length === 0) return undefined;
  return {
    code: "iommu-group-shared",
    message: `${nic.pci} shares IOMMU group ${nic.iommuGroup} with ${blockers.join(", ")}, which the kernel uses`,
    help: "put the card into a slot with a group of its own, or take those devices from the kernel as well",
  };
}

/** A card is on one NUMA node, and the CPU that polls it on another: every packet crosses. */
export function numaWarnings(
  source: SourceFile,
  facts: HostFacts,
  hops: readonly LabHop[],
  { owners }: CpuPlacement,
): readonly Diagnostic[] {
  const nodeOf = (cpu: number): number | undefined => facts.cpus.numaNodes.find(({ cpus }) => cpus.includes(cpu))?.node;
  const ends = hops.flatMap(({ nics, from, to }) => [
    ...(nics?.out === undefined ? [] : [{ nic: nics.out, nf: from.nf }]),
    ...(nics?.in === undefined ? [] : [{ nic: nics.in, nf: to.nf }]),
  ]);
  return ends.flatMap(({ nic, nf }): readonly Diagnostic[] => {
    const node = facts.nics?.find(({ pci }) => pci === nic.pci)?.numaNode;
    const owner = nic.attach === "switch" ? SWITCH_OWNER : nf;
    const cpus = owners.filter((core) => core.owners.includes(owner)).map(({ cpu }) => cpu);
    const far = cpus.filter((cpu) => nodeOf(cpu) !== node);
    if (node === undefined || far.length === 0 || far.length < cpus.length) return [];
    return [
      {
        severity: "warning",
        code: "remote-numa",
        message: `card ${nic.name} is on NUMA node ${node}, but ${owner} polls it on CPU ${far.join(", ")} of node ${nodeOf(far[0] ?? 0)}: each packet crosses between them`,
        help: `give ${owner} a CPU of node ${node}: ${rangeText(facts.cpus.numaNodes.find((candidate) => candidate.node === node)?.cpus ?? [])}`,
        span: source.locate(["nics", nic.name], "key"),
        related: [],
      },
    ];
  });
}
