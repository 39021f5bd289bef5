import fc from "fast-check";

/*
 * `npm run fuzz` asks for 100,000 cases in all; the unit suite looks at a few thousand. A failure prints its seed, with which fast-check finds it again:
 * COREBED_FUZZ_SEED=... npm run fuzz.
 */

/** Cases of all targets together. */
const CASES = Number(process.env.COREBED_FUZZ_CASES ?? 2_500);
const SEED = process.env.COREBED_FUZZ_SEED;

/** How many of them one target gets, and the seed if one was asked for. */
export function share(part: number): fc.Parameters<unknown> {
  return { numRuns: Math.ceil(CASES * part), ...(SEED !== undefined && { seed: Number(SEED) }) };
}

/** Time limit of a target: against hangs, far from what a slow machine takes. */
export const LIMIT_MS = 60_000 + CASES * 60;

/** What no text for a terminal may hold: control characters, and the words of a bug. */
export const CONTROL = /(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]|internal error|\n {4}at /u;

/** Bytes that tend to matter to whoever reads text. */
const TOKENS = [
  '"', "'", "{", "}", "[", "]", ":", ",", "\n", "\t", "- ", "#", "&a ", "*a", "<<: *a", "!!str ", "---\n", "...\n", "%YAML 1.1\n", "|", ">", "?",
  "\u0000", "\u001b[2J", "\u2028", "\u202e", "\ud800", "💥", "null", "true", "~", "-0", "1e999", "-1", "99999999999999999999", "0x7f", ".inf", ".nan",
  "__proto__", "constructor", "toString", "\\u0000", "\\", "$(reboot)", "../../", "%s%n",
].map((token) => Buffer.from(token)); // biome-ignore format: a table

/** Something near one of these: parts of it cut, doubled, moved, replaced by other bytes or by parts of another. */
export function near(corpus: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    kind: fc.constantFrom("cut", "double", "flip", "token", "bytes", "splice", "truncate", "repeat"),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat({ max: 64 }),
    token: fc.constantFrom(...TOKENS),
    bytes: fc.uint8Array({ maxLength: 8 }),
    other: fc.constantFrom(...corpus),
  });
  return fc
    .tuple(fc.constantFrom(...corpus), fc.array(change, { maxLength: 6 }))
    .map(([start, changes]) => changes.reduce((bytes, each) => applied(Buffer.from(bytes), each), start));
}

interface Change {
  readonly kind: "cut" | "double" | "flip" | "token" | "bytes" | "splice" | "truncate" | "repeat";
  /** Place, as a share of the length. */
  readonly at: number;
  readonly length: number;
  readonly token: Buffer;
  readonly bytes: Uint8Array;
  readonly other: Uint8Array;
}

function applied(bytes: Buffer, { kind, at, length, token, bytes: others, other }: Change): Uint8Array {
  const from = Math.floor(at * bytes.length);
  const [before, part, after] = [bytes.subarray(0, from), bytes.subarray(from, from + length), bytes.subarray(from)];
  switch (kind) {
    case "cut":
      return Buffer.concat([before, after.subarray(length)]);
    case "double":
      return Buffer.concat([before, part, after]);
    case "flip":
      if (after.length > 0) after[0] = (after[0] ?? 0) ^ (1 << (length % 8));
      return bytes;
    case "token":
      return Buffer.concat([before, token, after]);
    case "bytes":
      return Buffer.concat([before, others, after.subarray(others.length)]);
    case "splice": {
      const place = Math.floor(at * other.length);
      return Buffer.concat([before, other.subarray(place, place + length * 4), after]);
    }
    case "truncate":
      return before;
    case "repeat":
      return Buffer.concat([before, ...Array.from({ length: length * 4 }, () => token), after]);
  }
}

/** What is to be changed in one of some values; small, so that a failure can be read. */
export interface ChangedValue {
  readonly base: number;
  /** With `kin` the new value is of the kind of the old one, so that whoever checks kinds lets it pass. */
  readonly changes: readonly { readonly at: number; readonly value: unknown; readonly kin: boolean }[];
}

/** Members gone, or with other values in their place. */
export function changedValue(bases: number): fc.Arbitrary<ChangedValue> {
  const odd = fc.oneof(
    fc.constantFrom(null, 0, -1, 1.5, 1e308, -0, 2 ** 53, "", "\u001b[31m", [], {}, true, "__proto__", [null], [[]]),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const change = fc.record({
    at: fc.nat(),
    value: fc.option(odd, { nil: undefined }),
    kin: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  });
  return fc.record({ base: fc.nat({ max: bases - 1 }), changes: fc.array(change, { minLength: 1, maxLength: 4 }) });
}

/** The value with its changes. */
export function apply(corpus: readonly unknown[], { base, changes }: ChangedValue): unknown {
  const copy = structuredClone(corpus[base]);
  for (const { at, value, kin } of changes) changeAt(copy, at, (old) => (kin ? kinOf(old, at) : value));
  return copy;
}

const NUMBERS = [0, 1, 2, 7, 1000, 2 ** 31, 2 ** 53 - 1, 1e-9, 0.5, 1e15, 1e308];
const STRINGS = [
  "",
  "x",
  "<b>&'\"",
  "\u001b[31m",
  "\u202e",
  "__proto__",
  "constructor",
  "%s%n",
  "x".repeat(5_000),
  "a\nb\r",
  "\ud800",
];

/** Another value of the same kind. */
function kinOf(old: unknown, at: number): unknown {
  if (typeof old === "number") return NUMBERS[at % NUMBERS.length];
  if (typeof old === "string") return STRINGS[at % STRINGS.length];
  if (typeof old === "boolean") return !old;
  if (Array.isArray(old)) return [[], old.slice(1), [...old, ...old], old.toReversed()][at % 4];
  return at % 2 === 0 ? undefined : old;
}

/** Gives one member of a value, chosen by a number, another value; takes it away for `undefined`. */
function changeAt(value: unknown, at: number, changed: (old: unknown) => unknown): void {
  let [node, rest] = [value, at];
  for (;;) {
    if (typeof node !== "object" || node === null) return;
    const holder = node as Record<string, unknown>;
    const keys = Object.keys(holder);
    const key = keys[rest % Math.max(1, keys.length)];
    if (key === undefined) return;
    rest = Math.floor(rest / Math.max(1, keys.length));
    const inner = holder[key];
    if (typeof inner === "object" && inner !== null && rest % 8 !== 0) {
      node = inner;
      continue;
    }
    const change = changed(inner);
    if (change !== undefined) holder[key] = change;
    else if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
    return;
  }
}
