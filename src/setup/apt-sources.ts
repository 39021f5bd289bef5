/** One archive that packages come from. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Keyring named by Signed-By, if any. */
  readonly signedBy: string | undefined;
}

/** Every `deb` archive of an apt sources file: deb822 for `.sources`, one line each for `.list`. */
export function parseAptSources(text: string, format: "deb822" | "one-line"): readonly AptSource[] {
  return format === "deb822" ? parseDeb822(text) : parseOneLine(text);
}

function parseDeb822(text: string): readonly AptSource[] {
  return text.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    let field = "";
    for (const line of stanza.split("\n")) {
      if (line.startsWith("#")) continue;
      const start = /^([A-Za-z-]+):(.*)$/.exec(line);
      if (start !== null) field = (start[1] ?? "").toLowerCase();
      fields.set(field, `${fields.get(field) ?? ""} ${start === null ? line : start[2]}`);
    }
    const words = (name: string) => (fields.get(name) ?? "").split(/\s+/).filter((word) => word !== "");
    if (!words("types").includes("deb") || words("enabled")[0]?.toLowerCase() === "no") return [];
    return words("uris").flatMap((uri) =>
      words("suites").map((suite) => ({
        uri,
        suite,
        components: words("components"),
        signedBy: words("signed-by")[0],
      })),
    );
  });
}

function parseOneLine(text: string): readonly AptSource[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options = "", uri = "", suite = "", components = ""] = match;
    return [
      {
        uri,
        suite,
        components: components.split(/\s+/).filter((word) => word !== ""),
        signedBy: /(?:^|\s)signed-by=(\S+)/.exec(options)?.[1],
      },
    ];
  });
}

/** The suite that the images are built from, whatever the host runs. */
export const BASE_SUITE = "bookworm";
/** Where that suite's keys are, on every Debian, and on Ubuntu with the package debian-archive-keyring. */
export const DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * Archive lines for the base image: the mirrors that a Debian host itself uses (its own suite's archives hold the base's suite too). Archives of third
 * parties are left out. Empty where the host has no Debian mirror, as on Ubuntu: mmdebstrap then takes Debian's public one.
 */
export function baseSources(
  sources: readonly AptSource[],
  host: { readonly id: string | undefined; readonly codename: string | undefined },
): readonly string[] {
  const names = [BASE_SUITE, ...(host.id === "debian" ? ["stable", host.codename] : [])];
  const own = sources.flatMap(({ uri, suite, components, signedBy }) => {
    const name = names.find((candidate) => suite === candidate || suite.startsWith(`${candidate}-`));
    if (name === undefined) return [];
    const pocket = suite.slice(name.length);
    const debian = signedBy === undefined || signedBy.includes("debian-archive");
    if (!["", "-updates", "-security"].includes(pocket) || !debian || !components.includes("main")) return [];
    return /^https?:/.test(uri) ? [{ uri, suite: `${BASE_SUITE}${pocket}` }] : [];
  });
  if (!own.some(({ suite }) => suite === BASE_SUITE)) return [];
  const lines = own.map(({ uri, suite }) => `deb [signed-by=${DEBIAN_KEYRING}] ${uri} ${suite} main`);
  return [...new Set(lines)];
}

/**
 * The host's own ways to its mirror, of `apt-config dump`, that must hold inside the base too: proxies, and leniency about dates where the mirror is a
 * snapshot.
 */
export function mirrorSettings(aptConfig: string): readonly string[] {
  return aptConfig
    .split("\n")
    .map((line) => line.trim())
    .filter((line) =>
      /^Acquire::(https?::Proxy|Check-Valid-Until|Check-Date|Max-FutureTime)\b[^"]*"[^"]+";$/i.test(line),
    );
}
