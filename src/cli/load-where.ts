import type { HostOption } from "./host-option.ts";
import { loadTopology, type TopologyFile } from "./input.ts";
import { requireRoot } from "./root.ts";
import { type Where, whereOf } from "./where.ts";

/** Reads a topology and says where its lab is. `changes`: of this machine, if nothing says another, which takes root. */
export async function loadWhere(
  file: string,
  options: HostOption & { readonly json?: boolean },
  changes: boolean,
): Promise<{ readonly loaded: TopologyFile; readonly where: Where }> {
  // Standard input can be read once: who becomes root afterwards has nothing left to read.
  if (file === "-" && changes) await requireRoot(options);
  const loaded = await loadTopology(file, options.json === true);
  return { loaded, where: whereOf(loaded.topology, options) };
}
