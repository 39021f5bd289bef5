import type { UuidRef } from "./value.ts";

/** The base types of OVSDB (RFC 7047 3.2 `<atomic-type>`). */
export type AtomType = "string" | "integer" | "real" | "boolean" | "uuid";

/**
 * The type of a column, as a plain value: an atom, an optional atom (in the schema a set of at most one), a set or a map. It
 * tells how to decode what a `select` or a monitor delivers, and gives the TypeScript type of the outcome.
 */
export type Column =
  | AtomType
  | { readonly optional: AtomType }
  | { readonly set: AtomType }
  | { readonly map: readonly [AtomType, AtomType] };

/** Column name to type: what to fetch from a table. */
export type Columns = Readonly<Record<string, Column>>;

type AtomOf<A extends AtomType> = A extends "string"
  ? string
  : A extends "integer" | "real"
    ? number
    : A extends "boolean"
      ? boolean
      : UuidRef;

/** The TypeScript type of a decoded column. */
export type ValueOf<C extends Column> = C extends AtomType
  ? AtomOf<C>
  : C extends { readonly optional: infer A extends AtomType }
    ? AtomOf<A> | undefined
    : C extends { readonly set: infer A extends AtomType }
      ? readonly AtomOf<A>[]
      : C extends { readonly map: readonly [infer K extends AtomType, infer V extends AtomType] }
        ? ReadonlyMap<AtomOf<K>, AtomOf<V>>
        : never;

/** The TypeScript type of a decoded row. */
export type RowOf<C extends Columns> = { readonly [K in keyof C]: ValueOf<C[K]> };

/** Decodes the columns named in `columns` from a row on the wire; other columns are ignored. Throws `TypeError` with the column's name. */
export function decodeRow<C extends Columns>(row: unknown, columns: C): RowOf<C> {
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw new TypeError(`expected a row, got ${show(row)}`);
  const entries = Object.entries(columns).map(([name, column]) => {
    try {
      return [name, decodeValue((row as Record<string, unknown>)[name], column)];
    } catch (cause) {
      throw new TypeError(`column ${name}: ${(cause as Error).message}`, { cause });
    }
  });
  return Object.fromEntries(entries) as RowOf<C>;
}

/** Decodes one column's value. Throws `TypeError` when it is of another type. Integers beyond 2^53 lose their lowest bits. */
export function decodeValue<const C extends Column>(wire: unknown, column: C): ValueOf<C> {
  return decode(wire, column) as ValueOf<C>;
}

function decode(wire: unknown, column: Column): unknown {
  if (typeof column === "string") return decodeAtom(wire, column);
  if ("map" in column) {
    const [key, value] = column.map;
    return new Map(pairs(wire).map(([k, v]) => [decodeAtom(k, key), decodeAtom(v, value)]));
  }
  if ("set" in column) return elements(wire).map((atom) => decodeAtom(atom, column.set));
  const atoms = elements(wire);
  if (atoms.length > 1) throw new TypeError(`expected at most one element, got ${show(wire)}`);
  return atoms.length === 0 ? undefined : decodeAtom(atoms[0], column.optional);
}

function decodeAtom(wire: unknown, type: AtomType): unknown {
  if (type === "uuid") {
    if (Array.isArray(wire) && wire.length === 2 && wire[0] === "uuid" && typeof wire[1] === "string")
      return { uuid: wire[1] };
  } else if (type === "integer" ? Number.isInteger(wire) : typeof wire === (type === "real" ? "number" : type)) {
    return wire;
  }
  throw new TypeError(`expected ${type}, got ${show(wire)}`);
}

/** A set's elements. A set of exactly one may come as the bare element (RFC 7047 5.1). */
function elements(wire: unknown): readonly unknown[] {
  if (!Array.isArray(wire) || wire[0] !== "set") return [wire];
  if (wire.length === 2 && Array.isArray(wire[1])) return wire[1];
  throw new TypeError(`expected a set, got ${show(wire)}`);
}

function pairs(wire: unknown): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(wire) && wire.length === 2 && wire[0] === "map" && Array.isArray(wire[1])) {
    if (wire[1].every((pair) => Array.isArray(pair) && pair.length === 2)) return wire[1];
  }
  throw new TypeError(`expected a map, got ${show(wire)}`);
}

function show(wire: unknown): string {
  const text = JSON.stringify(wire) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
