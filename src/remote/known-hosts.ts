import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** A file of known hosts. */
export interface KnownHostsFile {
  readonly path: string;
  readonly text: string;
}

/** Where an entry stands, as ssh names it. */
export interface KnownHostPlace {
  readonly path: string;
  readonly line: number;
  /** `ssh-ed25519`. */
  readonly keyType: string;
}

/** What the records say about a host's key. */
export type KeyVerdict =
  | { readonly kind: "known" }
  /** `otherNames`: the same key stands there under other names. */
  | { readonly kind: "unknown"; readonly otherNames: readonly KnownHostPlace[] }
  | { readonly kind: "changed"; readonly offending: KnownHostPlace }
  | { readonly kind: "revoked"; readonly place: KnownHostPlace };

interface Entry extends KnownHostPlace {
  readonly revoked: boolean;
  readonly names: string;
  /** Base64. */
  readonly key: string;
}

/** Name of a host in these records: its port belongs to it unless it is ssh's own. */
export function recordedName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/**
 * Looks a host's key up. A key is known if it stands there for the host, whatever others stand beside it; it has changed if another of its type does, or none
 * of its type but some of others: a man in the middle would choose a type that is not on record.
 */
export function checkHostKey(files: readonly KnownHostsFile[], name: string, key: Uint8Array): KeyVerdict {
  const entries = files.flatMap(entriesOf);
  const encoded = Buffer.from(key).toString("base64");
  const same = entries.filter((entry) => entry.key === encoded);
  const ours = entries.filter((entry) => matchesHost(entry.names, name));
  const revoked = ours.find((entry) => entry.revoked && entry.key === encoded);
  if (revoked !== undefined) return { kind: "revoked", place: revoked };
  const valid = ours.filter((entry) => !entry.revoked);
  if (valid.some((entry) => entry.key === encoded)) return { kind: "known" };
  const offending = valid.find((entry) => entry.keyType === keyTypeOf(key)) ?? valid[0];
  if (offending !== undefined) return { kind: "changed", offending };
  return { kind: "unknown", otherNames: same.filter((entry) => !entry.revoked) };
}

/** Types of the keys on record for a host, so that it can be asked for one of these. */
export function recordedKeyTypes(files: readonly KnownHostsFile[], name: string): readonly string[] {
  const entries = files.flatMap(entriesOf).filter((entry) => !entry.revoked && matchesHost(entry.names, name));
  return [...new Set(entries.map(({ keyType }) => keyType))];
}

/** A line to add to the records, without its end. */
export function knownHostsLine(name: string, key: Uint8Array): string {
  return `${name} ${keyTypeOf(key)} ${Buffer.from(key).toString("base64")}`;
}

/** `ssh-ed25519`: what a key says of itself (RFC 4253, 6.6). */
export function keyTypeOf(key: Uint8Array): string {
  const bytes = Buffer.from(key);
  const length = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  return bytes.subarray(4, 4 + length).toString("latin1");
}

/** `SHA256:…`, as ssh and ssh-keygen print it. */
export function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

function entriesOf({ path, text }: KnownHostsFile): readonly Entry[] {
  return text.split("\n").flatMap((raw, index): readonly Entry[] => {
    const found = /^\s*(?:(@[a-z-]+)\s+)?([^\s#]\S*)\s+(\S+)\s+([A-Za-z0-9+/]+=*)/.exec(raw);
    const [, marker, names = "", keyType = "", key = ""] = found ?? [];
    // Certificates of hosts are not offered by this client, so their authorities say nothing.
    if (found === null || (marker !== undefined && marker !== "@revoked")) return [];
    return [{ path, line: index + 1, revoked: marker !== undefined, names, keyType, key }];
  });
}

function matchesHost(names: string, host: string): boolean {
  if (names.startsWith("|1|")) return matchesHash(names, host);
  const patterns = names.toLowerCase().split(",");
  if (patterns.some((pattern) => pattern.startsWith("!") && matchesPattern(pattern.slice(1), host))) return false;
  return patterns.some((pattern) => !pattern.startsWith("!") && matchesPattern(pattern, host));
}

/** `|1|salt|hash`, where the hash is the HMAC-SHA1 of the name. */
function matchesHash(names: string, host: string): boolean {
  const [salt = "", hash = ""] = names.slice("|1|".length).split("|");
  const expected = Buffer.from(hash, "base64");
  const actual = createHmac("sha1", Buffer.from(salt, "base64")).update(host).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** `*` and `?`, without regular expressions, which a hostile pattern could make slow. */
function matchesPattern(pattern: string, text: string): boolean {
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (from < text.length) {
    if (pattern[at] === "?" || (pattern[at] === text[from] && pattern[at] !== "*")) {
      at += 1;
      from += 1;
    } else if (pattern[at] === "*") {
      star = at;
      mark = from;
      at += 1;
    } else if (star >= 0) {
      at = star + 1;
      mark += 1;
      from = mark;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
