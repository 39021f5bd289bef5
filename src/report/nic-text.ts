import type { NicFacts, VfioFacts } from "../lab/host-facts.ts";
import { type Output, paint } from "./output.ts";
import { hanging } from "./text.ts";

/** A card with what `corebed nic list` tells of it beyond the facts. */
export interface ListedNic extends NicFacts {
  /** Out of the database of PCI ids, where the host has one. */
  readonly name: string | undefined;
  /** Driver that it had before corebed took it; undefined where it did not. */
  readonly before: { readonly driver: string | undefined } | undefined;
  /** The lab that has it. */
  readonly lab: string | undefined;
}

/** Cards as text: a paragraph each, and at the end what the host lacks for handing one over. */
export function formatNics(nics: readonly ListedNic[], vfio: VfioFacts, output: Output): string {
  if (nics.length === 0) return "There is no network card on the PCI bus of this host.";
  const cards = nics.map((nic) => [title(nic, output), ...details(nic, output)].join("\n"));
  const lacks = vfioLacks(vfio);
  return [
    ...cards,
    ...(lacks.length === 0 ? [] : [lacks.flatMap((line) => hanging("", line, output)).join("\n")]),
  ].join("\n\n");
}

function title({ pci, name, id, physicalFunction }: ListedNic, output: Output): string {
  const what = name === undefined ? id : `${name} (${id})`;
  const of = physicalFunction === undefined ? "" : `, virtual function of ${physicalFunction}`;
  return hanging(`${pci}  `, `${what}${of}`, output, `${paint("bold", pci, output)}  `).join("\n");
}

function details(nic: ListedNic, output: Output): readonly string[] {
  const facts = [
    `driver ${nic.driver ?? "none"}`,
    nic.interfaces.length === 0 ? "no interface" : `interface ${nic.interfaces.join(", ")}`,
    ...(nic.linkUp === undefined ? [] : [`link ${nic.linkUp ? `up${speed(nic)}` : "down"}`]),
    nic.numaNode === undefined ? "no NUMA node" : `NUMA node ${nic.numaNode}`,
    nic.iommuGroup === undefined ? "no IOMMU group" : `IOMMU group ${nic.iommuGroup}`,
    ...(nic.virtualFunctions.length === 0 ? [] : [`virtual functions ${nic.virtualFunctions.join(", ")}`]),
  ];
  const { before, lab, driver } = nic;
  const taken = before === undefined || before.driver === driver ? [] : [`taken from ${before.driver ?? "no driver"}`];
  const uses = [...(lab === undefined ? [] : [`is lab ${lab}'s`]), ...nic.uses.map(({ text }) => text)];
  return [
    ...hanging("  ", [...facts, ...taken].join(", "), output),
    ...hanging("  ", uses.length === 0 ? "free" : `in use: ${uses.join("; ")}`, output),
  ];
}

function speed({ speedMbps }: ListedNic): string {
  if (speedMbps === undefined) return "";
  return speedMbps >= 1000 ? ` at ${speedMbps / 1000} Gbit/s` : ` at ${speedMbps} Mbit/s`;
}

/** What stands between this host and a card in the hands of DPDK; empty if nothing does. */
export function vfioLacks(vfio: VfioFacts): readonly string[] {
  return [
    ...(vfio.driver ? [] : ["The driver vfio-pci is not loaded (modprobe vfio-pci)."]),
    ...(vfio.iommu
      ? []
      : [
          "There is no IOMMU: switch it on in the firmware and with intel_iommu=on (AMD: by itself) on the kernel's command line, or see corebed nic bind --help for --no-iommu.",
        ]),
  ];
}
