import { chainsByNf, type Graph, type GraphChain } from "./graph.ts";

/**
 * The column of each NF, from 0: behind all that come before it in any of its chains. Where chains pass two NFs in both orders, the first chain decides. An NF
 * that several chains share is as tall as the rows of its chains on its CPU; it moves on until no NF of another chain is in its way.
 */
export function columnOfNfs(graph: Pick<Graph, "chains">): ReadonlyMap<string, number> {
  const { chains } = graph;
  const steps = forwardSteps(chains);
  const least = new Map<string, number>();
  const enough = steps.length ** 2;
  for (let moves = 0; ; moves += 1) {
    const columns = longestPaths(chains, steps, least);
    const stuck = inTheWay(chains, columns);
    if (stuck === undefined || moves > enough) return columns;
    least.set(stuck, (columns.get(stuck) ?? 0) + 1);
  }
}

/** Whether something of a lane lies between the rows of an NF's chains there. */
function inTheWay(chains: readonly GraphChain[], columns: ReadonlyMap<string, number>): string | undefined {
  for (const [name, own] of chainsByNf(chains)) {
    if (own.length < 2) continue;
    const itself = own[0]?.nfs.find((nf) => nf.name === name);
    const places = own.map((chain) => chains.indexOf(chain));
    const between = chains.slice(Math.min(...places), Math.max(...places) + 1);
    const others = between.flatMap(({ nfs }) =>
      nfs.filter((nf) => nf.name !== name && nf.cpu === itself?.cpu && nf.host === itself.host),
    );
    if (others.some((nf) => columns.get(nf.name) === columns.get(name))) return name;
  }
  return undefined;
}

type Step = readonly [string, string];

/** From an NF to the next in a chain, without those that would lead back to where a chain before came from. */
function forwardSteps(chains: readonly GraphChain[]): readonly Step[] {
  const next = new Map<string, string[]>();
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    return (next.get(from) ?? []).some((nf) => reaches(nf, to, seen));
  };
  return chains.flatMap(({ nfs }) =>
    nfs.slice(1).flatMap(({ name: to }, index): readonly Step[] => {
      const from = nfs[index]?.name ?? "";
      if (reaches(to, from)) return [];
      next.set(from, [...(next.get(from) ?? []), to]);
      return [[from, to]];
    }),
  );
}

function longestPaths(
  chains: readonly GraphChain[],
  steps: readonly Step[],
  least: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const columns = new Map(chains.flatMap(({ nfs }) => nfs.map(({ name }) => [name, least.get(name) ?? 0] as const)));
  for (let settled = false; !settled; ) {
    settled = true;
    for (const [from, to] of steps) {
      const behind = (columns.get(from) ?? 0) + 1;
      if ((columns.get(to) ?? 0) >= behind) continue;
      columns.set(to, behind);
      settled = false;
    }
  }
  return columns;
}
