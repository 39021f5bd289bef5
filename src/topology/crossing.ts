import { type BetweenKind, type ChainSpec, SWITCH_OWNER, TUNNEL_KINDS, type TunnelKind } from "./topology.ts";

/** The host of each NF that the affinity map puts on one: the first, should it name several. */
export function hostsOfNfs(
  cores: readonly { readonly host?: string | undefined; readonly owners?: readonly string[] | undefined }[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { host, owners } of cores) {
    if (host === undefined) continue;
    for (const owner of owners ?? []) {
      if (owner !== SWITCH_OWNER && !found.has(owner)) found.set(owner, host);
    }
  }
  return found;
}

/** A hop from one host to another. */
export interface Crossing {
  /** Position of the hop in its chain, from 0. */
  readonly index: number;
  /** Host that packets come from in the chain's own direction. */
  readonly out: string;
  readonly in: string;
}

/** The hops of a chain that go from one host to another. */
export function crossingsOf(path: readonly string[], hosts: ReadonlyMap<string, string>): readonly Crossing[] {
  return path.slice(1).flatMap((nf, index) => {
    const [out, into] = [hosts.get(path[index] ?? ""), hosts.get(nf)];
    return out === undefined || into === undefined || out === into ? [] : [{ index, out, in: into }];
  });
}

/**
 * What carries a hop of a chain that goes from one host to another: what the hop says itself, or else what the file does.
 *
 * @param usual the file's `between`
 */
export function betweenKind(
  { hops, between }: Pick<ChainSpec, "hops" | "between">,
  index: number,
  usual: BetweenKind,
): BetweenKind {
  const own = hops[index];
  return between?.[index] ?? (own === "nic" || own === "overlay" ? own : usual);
}

/** Whether a way between hosts is a tunnel between their switches. */
export function isTunnel(kind: BetweenKind): kind is TunnelKind {
  return TUNNEL_KINDS.some((tunnel) => tunnel === kind);
}
