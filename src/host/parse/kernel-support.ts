import type { KernelFeature } from "../../lab/host-facts.ts";
import { KERNEL_FEATURES } from "../../lab/host-facts.ts";

/** What a kernel tells about itself without being changed. Every part may be absent. */
export interface KernelEvidence {
  /** Its configuration, as in /proc/config.gz or /boot/config-RELEASE. */
  readonly config?: string | undefined;
  /** /proc/modules: what is loaded. */
  readonly loaded?: string | undefined;
  /** modules.dep of its release: what can be loaded. */
  readonly loadable?: string | undefined;
  /** modules.builtin of its release. */
  readonly builtin?: string | undefined;
  /** /proc/net/protocols: socket families in use by this kernel. */
  readonly protocols?: string | undefined;
  /** Names in /proc/kallsyms; needed only where there is no configuration. */
  readonly symbols?: string | undefined;
}

const SIGNS: Readonly<
  Record<
    KernelFeature,
    { readonly option: string; readonly module: string; readonly symbol: string; readonly protocol?: string }
  >
> = {
  veth: { option: "VETH", module: "veth", symbol: "veth_newlink" },
  bridge: { option: "BRIDGE", module: "bridge", symbol: "br_add_bridge" },
  macvlan: { option: "MACVLAN", module: "macvlan", symbol: "macvlan_common_newlink" },
  ipvlan: { option: "IPVLAN", module: "ipvlan", symbol: "ipvlan_link_new" },
  vxlan: { option: "VXLAN", module: "vxlan", symbol: "vxlan_newlink" },
  "af-xdp": { option: "XDP_SOCKETS", module: "xsk", symbol: "xsk_bind", protocol: "XDP" },
  tun: { option: "TUN", module: "tun", symbol: "tun_chr_open" },
  tbf: { option: "NET_SCH_TBF", module: "sch_tbf", symbol: "tbf_enqueue" },
};

/**
 * Which features the kernel has, or would load by itself when they are first used. The configuration is believed where there is one; a feature built as
 * a module counts only if the module is loaded or its file is there.
 */
export function kernelSupport(evidence: KernelEvidence): Record<KernelFeature, boolean> {
  const supports = (feature: KernelFeature): boolean => {
    const { option, module, symbol, protocol } = SIGNS[feature];
    if (hasLine(evidence.loaded, new RegExp(`^${module} `, "m"))) return true;
    if (protocol !== undefined && hasLine(evidence.protocols, new RegExp(`^${protocol}\\s`, "m"))) return true;
    const loadable = hasLine(evidence.loadable, moduleFile(module));
    if (evidence.config !== undefined) {
      const setting = new RegExp(`^CONFIG_${option}=([ym])$`, "m").exec(evidence.config)?.[1];
      return setting === "y" || (setting === "m" && loadable);
    }
    return (
      loadable ||
      hasLine(evidence.builtin, moduleFile(module)) ||
      hasLine(evidence.symbols, new RegExp(`(^|\\s)${symbol}(\\s|$)`, "m"))
    );
  };
  return Object.fromEntries(KERNEL_FEATURES.map((feature) => [feature, supports(feature)])) as Record<
    KernelFeature,
    boolean
  >;
}

/** `kernel/drivers/net/veth.ko`, maybe compressed; `:` follows in modules.dep, nothing in modules.builtin. */
function moduleFile(module: string): RegExp {
  return new RegExp(`^\\S*/${module}\\.ko(\\.(gz|xz|zst))?(:|$)`, "m");
}

function hasLine(text: string | undefined, pattern: RegExp): boolean {
  return text !== undefined && pattern.test(text);
}
