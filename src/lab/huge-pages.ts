import type { HugePageBudget, Lab } from "./lab.ts";

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
    const mib = lab.switch.memoryLimitMib.reduce((sum, limit) => sum + limit, 0);
    parts.unshift({ owner: "switch", pages: pages(mib) });
  }
  return { pageKib, needed: parts.reduce((sum, part) => sum + part.pages, 0), parts };
}
