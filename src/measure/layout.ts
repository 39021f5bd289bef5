import type { Lab } from "../lab/lab.ts";

/** Which owners poll on which CPU: `0: switch, 1: gen + sink`. */
export function placementText(lab: Pick<Lab, "cpus">): string {
  return lab.cpus.owners.map(({ cpu, owners }) => `${cpu}: ${owners.join(" + ")}`).join(", ");
}

/**
 * What the noise of a lab depends on: its datapaths, and how many of what share a CPU. The same for all labs that are laid out alike, whatever their NFs are
 * called.
 */
export function layoutOf(lab: Pick<Lab, "cpus" | "hops" | "nfs">): string {
  const hops = lab.hops.length > 0 ? lab.hops : [{ datapath: "none" }];
  const datapaths = [...new Set(hops.map(({ datapath }) => datapath))].toSorted().join(" and ");
  const kind = (owner: string) => lab.nfs.find(({ name }) => name === owner)?.app ?? owner;
  const cpus = lab.cpus.owners.map(({ owners }) => owners.map(kind).toSorted().join(" + ")).toSorted();
  return `${datapaths}: ${cpus.join(" | ")}`;
}
