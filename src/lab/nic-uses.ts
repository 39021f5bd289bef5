import type { NicFacts, NicUse } from "./host-facts.ts";

/** What no word of the user's overrides: whoever works on this host over the network would be cut off, or a network of its own broken. */
const NEVER: ReadonlySet<NicUse["kind"]> = new Set(["default-route", "ssh", "member", "unknown"]);

/** Why a card must not be taken from the kernel; empty where it may be. `force` overrides what harms nobody but its own interface. */
export function refusals({ uses }: Pick<NicFacts, "uses">, { force }: { readonly force: boolean }): readonly NicUse[] {
  return uses.filter(({ kind }) => !force || NEVER.has(kind));
}

/** Whether the user's word can override all that speaks against taking the card. */
export function isForceable({ uses }: Pick<NicFacts, "uses">): boolean {
  return uses.every(({ kind }) => !NEVER.has(kind));
}

/** Devices that keep VFIO from giving the card's group to a program: those that a driver of the kernel has. */
export function groupBlockers({ groupNeighbours }: Pick<NicFacts, "groupNeighbours">): readonly string[] {
  return groupNeighbours
    .filter(({ driver }) => driver !== undefined && driver !== "vfio-pci" && driver !== "pcieport")
    .map(({ pci, driver }) => `${pci} (${driver})`);
}
