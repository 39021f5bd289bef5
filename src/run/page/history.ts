import type { HistoryPoint, PageState } from "./page-state.ts";

/** How far the charts go back. */
export const HISTORY_MS = 180_000;

/** Points of each chain by `LAB/CHAIN`, oldest first. */
export type History = Readonly<Record<string, readonly HistoryPoint[]>>;

/** The history with one more state; what is older than the charts show is forgotten, and so are chains without any points left. */
export function extendHistory(history: History, { at, labs }: PageState): History {
  const points = labs.flatMap((lab) =>
    lab.chains.map(({ name, receivedPps, droppedPps, p50Ns, p99Ns }): readonly [string, HistoryPoint] => [
      `${lab.name}/${name}`,
      {
        at,
        ...(receivedPps !== undefined && { receivedPps }),
        ...(droppedPps !== undefined && { droppedPps }),
        ...(p50Ns !== undefined && { p50Ns }),
        ...(p99Ns !== undefined && { p99Ns }),
      },
    ]),
  );
  const latest = new Map(points);
  const kept = [...new Set([...Object.keys(history), ...latest.keys()])].map((key) => {
    const old = (history[key] ?? []).filter((point) => point.at > at - HISTORY_MS);
    const fresh = latest.get(key);
    return [key, fresh === undefined ? old : [...old, fresh]] as const;
  });
  return Object.fromEntries(kept.filter(([, all]) => all.length > 0));
}
