/**
 * Name of a PCI device out of the database pci.ids: vendor and device where both are known, the vendor alone where only that is, undefined for a stranger.
 * `id` is `8086:1572`.
 */
export function pciName(database: string, id: string): string | undefined {
  const [vendor = "", device = ""] = id.toLowerCase().split(":");
  if (!/^[0-9a-f]{4}$/.test(vendor)) return undefined;
  const start = database.startsWith(`${vendor}  `) ? 0 : database.indexOf(`\n${vendor}  `) + 1;
  if (start === 0 && !database.startsWith(`${vendor}  `)) return undefined;
  const lines = database.slice(start).split("\n", MOST_DEVICES);
  const vendorName = lines[0]?.slice(6).trim() ?? "";
  for (const line of lines.slice(1)) {
    // The next vendor; comments and the deeper lines of subsystems are passed over.
    if (/^[0-9a-fC]/.test(line)) break;
    if (line.startsWith(`\t${device}  `)) return `${vendorName} ${line.slice(7).trim()}`;
  }
  return vendorName;
}

/** Lines that one vendor has at most, subsystems and comments included: Intel has some 5,000. */
const MOST_DEVICES = 50_000;
