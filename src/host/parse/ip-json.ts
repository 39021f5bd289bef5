/** An interface as `ip -j address show` tells it. */
export interface IpInterface {
  readonly name: string;
  readonly up: boolean;
  /** Without the prefix length; those that the kernel gives by itself (link-local) left out. */
  readonly addresses: readonly string[];
  /** Bridge, bond or team that it belongs to. */
  readonly master: string | undefined;
  /** Interface that it lies on: of a VLAN, a macvlan. */
  readonly link: string | undefined;
  readonly mac: string | undefined;
  readonly mtuBytes: number | undefined;
}

/** Interfaces of `ip -j address show`; undefined for what is no such answer. */
export function parseInterfaces(json: string): readonly IpInterface[] | undefined {
  return listOf(json)?.flatMap((item) => {
    const name = textOf(item.ifname);
    if (name === undefined) return [];
    const addresses = Array.isArray(item.addr_info) ? item.addr_info : [];
    return [
      {
        name,
        up: Array.isArray(item.flags) && item.flags.includes("UP"),
        addresses: addresses.flatMap((entry: unknown) =>
          isObject(entry) && entry.scope !== "link" ? (textOf(entry.local) ?? []) : [],
        ),
        master: textOf(item.master),
        link: textOf(item.link),
        mac: textOf(item.address),
        mtuBytes: typeof item.mtu === "number" ? item.mtu : undefined,
      },
    ];
  });
}

/** Interfaces that the default routes of `ip -j route show table all` leave by; undefined for what is no such answer. */
export function parseDefaultRoutes(json: string): readonly string[] | undefined {
  const found = listOf(json)
    ?.filter((route) => ["default", "0.0.0.0/0", "::/0"].includes(textOf(route.dst) ?? "") && isUnicast(route))
    .flatMap((route) => {
      const hops = Array.isArray(route.nexthops) ? route.nexthops.filter(isObject) : [];
      return [route, ...hops].flatMap(({ dev }) => textOf(dev) ?? []);
    });
  return found === undefined ? undefined : [...new Set(found)];
}

/** Not one that says "unreachable", which leaves by no interface though it names one. */
function isUnicast({ type }: Readonly<Record<string, unknown>>): boolean {
  return type === undefined || type === "unicast";
}

function listOf(json: string): readonly Readonly<Record<string, unknown>>[] | undefined {
  try {
    // Without a single route the answer is empty.
    const value: unknown = JSON.parse(json.trim() === "" ? "[]" : json);
    return Array.isArray(value) ? value.filter(isObject) : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
