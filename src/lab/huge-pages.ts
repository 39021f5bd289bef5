import type { HugePageBudget, Lab } from "./lab.ts";

/** What EAL and OVS take before any packet pool, and OVS's pools, in MiB (measured on OVS 3.1.0, DPDK 22.11). */
const SWITCH_BASE_MIB = 64;
const SHARED_POOL_MIB = 50;
const POOL_PER_PORT_MIB = 68;
const USUAL_PAGE_KIB = 2048;

/** Huge pages that a lab needs, by owner. */
export function hugePageBudget(lab: Pick<Lab, "nfs" | "switch">, hostPageKib: number): HugePageBudget {
  // A kernel without huge pages says 0: what it lacks is then counted in the usual size.
  const pageKib = hostPageKib === 0 ? USUAL_PAGE_KIB : hostPageKib;
  const pages = (mib: number): number => Math.ceil((mib * 1024) / pageKib);
  const parts = lab.nfs
    .filter((nf) => nf.app !== undefined)
    .map((nf) => ({ owner: nf.name, pages: pages(nf.memoryMib) }));
  if (lab.switch?.mode === "container") {
    const pools = lab.switch.perPortMemory ? lab.switch.ports.length * POOL_PER_PORT_MIB : SHARED_POOL_MIB;
    parts.unshift({ owner: "switch", pages: pages(SWITCH_BASE_MIB + pools) });
  }
  return { pageKib, needed: parts.reduce((sum, part) => sum + part.pages, 0), parts };
}
