/** A reference to a row that exists (RFC 7047 5.1 `<uuid>`). */
export interface UuidRef {
  readonly uuid: string;
}

/** A reference to a row that an `insert` of the same transaction makes (RFC 7047 5.1 `<named-uuid>`). */
export interface NamedUuidRef {
  readonly namedUuid: string;
}

/** One value inside a column (RFC 7047 5.1 `<atom>`). */
export type OvsdbAtom = string | number | boolean | UuidRef | NamedUuidRef;

/** What a column can hold: an atom, a set as an array, or a map (RFC 7047 5.1 `<value>`). */
export type OvsdbValue = OvsdbAtom | readonly OvsdbAtom[] | ReadonlyMap<OvsdbAtom, OvsdbAtom>;

/** A row to be written: column name to value. Columns that are not named keep their default, or what they had. */
export type OvsdbRow = Readonly<Record<string, OvsdbValue>>;

/** Refers to an existing row by its UUID. */
export function uuid(id: string): UuidRef {
  return { uuid: id };
}

/** Refers to the row that the `insert` called `name` makes in the same transaction. */
export function namedUuid(name: string): NamedUuidRef {
  return { namedUuid: name };
}

/** A map column from an object with string keys, e.g. `options` or `external_ids`. */
export function map(entries: Readonly<Record<string, OvsdbAtom>>): ReadonlyMap<OvsdbAtom, OvsdbAtom> {
  return new Map<OvsdbAtom, OvsdbAtom>(Object.entries(entries));
}

/** A value as it goes over the wire. Sets are always written in the `["set", ...]` form, which RFC 7047 5.1 allows for any size. */
export function encodeValue(value: OvsdbValue): unknown {
  if (Array.isArray(value)) return ["set", value.map(encodeAtom)];
  if (value instanceof Map) return ["map", [...value].map(([key, item]) => [encodeAtom(key), encodeAtom(item)])];
  return encodeAtom(value as OvsdbAtom);
}

/** A row as it goes over the wire. */
export function encodeRow(row: OvsdbRow): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, encodeValue(value)]));
}

function encodeAtom(atom: OvsdbAtom): unknown {
  if (typeof atom !== "object") return atom;
  return "uuid" in atom ? ["uuid", atom.uuid] : ["named-uuid", atom.namedUuid];
}
