import type { Datapath } from "../topology/topology.ts";

/**
 * Whether packets stay in memory that programs share among them, or with a network card, or never leave the one, so that the kernel has no part in them and no
 * interface counts them.
 */
export function onSharedMemory({ datapath }: { readonly datapath: Datapath }): boolean {
  return datapath === "vhost-user" || datapath === "memif" || datapath === "nic" || datapath === "none";
}
