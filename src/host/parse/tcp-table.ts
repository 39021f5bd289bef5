const SSH_PORT = 22;
const ESTABLISHED = "01";

/** Local addresses of the TCP connections of a table (/proc/net/tcp, tcp6) that stand and have port 22 at either end. IPv4 in its usual form. */
export function sshAddresses(table: string): readonly string[] {
  const found = table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, local = "", remote = "", state] = line.trim().split(/\s+/);
      if (state !== ESTABLISHED) return [];
      const [address = "", port = ""] = local.split(":");
      const ports = [port, remote.split(":")[1] ?? ""].map((text) => Number.parseInt(text, 16));
      const readable = ipAddress(address);
      return ports.includes(SSH_PORT) && readable !== undefined ? [readable] : [];
    });
  return [...new Set(found)];
}

/** Of the kernel's hexadecimal words, each in the byte order of a little-endian machine. */
function ipAddress(hex: string): string | undefined {
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/i.test(hex)) return undefined;
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).toReversed().map((byte) => Number.parseInt(byte, 16)),
  );
  if (bytes.length === 4) return bytes.join(".");
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  if (mapped) return bytes.slice(12).join(".");
  return Array.from({ length: 8 }, (_, i) => (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16)).join(
    ":",
  );
}

/** An IPv6 address in eight groups without leading zeros, so that two spellings of one compare equal; others stay as they are. */
export function plainAddress(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, "").split("%")[0] ?? "";
  if (!bare.includes(":")) return bare;
  const [head = "", tail] = bare.split("::");
  const groups = (text: string): readonly string[] => (text === "" ? [] : text.split(":"));
  const [first, last] = [groups(head), groups(tail ?? "")];
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0");
  return [...first, ...zeros, ...last].map((group) => group.replace(/^0+(?=.)/, "").toLowerCase()).join(":");
}
