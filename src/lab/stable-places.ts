import { shortHash } from "./names.ts";

/**
 * A place of its own for each name, from 0 to `places` - 1, that the name decides and not its neighbours: so that an NF that comes into a chain, or leaves it, moves none of
 * the others. Only where two names fall on one place does the later one, by the alphabet, go to the next that is free. Places in `taken` go to nobody.
 */
export function stablePlaces(
  names: readonly string[],
  places: number,
  taken: Iterable<number> = [],
): ReadonlyMap<string, number> {
  const used = new Set(taken);
  const found = new Map<string, number>();
  for (const name of [...new Set(names)].toSorted()) {
    let place = Number.parseInt(shortHash(name, 8), 16) % places;
    while (used.has(place) && used.size < places) place = (place + 1) % places;
    used.add(place);
    found.set(name, place);
  }
  return found;
}
