/** What there is to see of a hypervisor. */
export interface VirtualisationEvidence {
  /** Output of `systemd-detect-virt --vm`: a name, or "none"; undefined if the program is not there. */
  readonly detectVirt?: string | undefined;
  /** Output of `lscpu`. */
  readonly lscpu?: string | undefined;
  /** The CPU's own `hypervisor` flag. */
  readonly hypervisorFlag: boolean;
  /** /sys/class/dmi/id/sys_vendor and product_name. */
  readonly dmi?: string | undefined;
}

const DMI_NAMES: readonly (readonly [RegExp, string])[] = [
  [/qemu|kvm/i, "kvm"],
  [/vmware/i, "vmware"],
  [/virtualbox|innotek/i, "oracle"],
  [/microsoft corporation.*virtual machine/is, "microsoft"],
  [/xen/i, "xen"],
  [/amazon ec2/i, "amazon"],
  [/google/i, "google"],
];

/** The hypervisor's name, as systemd-detect-virt would say it; undefined on bare metal. */
export function virtualisation(evidence: VirtualisationEvidence): string | undefined {
  const said = evidence.detectVirt?.trim();
  if (said !== undefined && said !== "") return said === "none" ? undefined : said;
  const vendor = /^Hypervisor vendor:\s*(.+)$/m.exec(evidence.lscpu ?? "")?.[1]?.trim();
  if (vendor !== undefined) return vendor.toLowerCase();
  if (!evidence.hypervisorFlag) return undefined;
  return DMI_NAMES.find(([pattern]) => pattern.test(evidence.dmi ?? ""))?.[1] ?? "unknown hypervisor";
}
