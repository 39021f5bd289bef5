import type { NicSpec } from "./topology.ts";

/** A card as a topology has it: where there is one host, all cards are on it, and none says so. */
export function placedNic(spec: NicSpec | undefined, hosts: number): NicSpec | undefined {
  if (spec === undefined || hosts > 1) return spec;
  const { host: _only, ...rest } = spec;
  return rest;
}
