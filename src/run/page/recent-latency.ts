/** A histogram that only grows within a trial: `[lower edge in ns, count]` of its buckets. */
export interface LatencyCounts {
  readonly trial: number;
  readonly count: number;
  readonly buckets: readonly (readonly [number, number])[];
}

/** Percentiles in nanoseconds: lower edges of buckets, under 1 % low. */
export interface RecentLatency {
  readonly p50Ns: number;
  readonly p99Ns: number;
}

/** Latency of the packets that came between two readings; undefined if none did. A trial begins its histogram anew. */
export function recentLatency(before: LatencyCounts | undefined, now: LatencyCounts): RecentLatency | undefined {
  const continues = before !== undefined && before.trial === now.trial && before.count <= now.count;
  const earlier = new Map(continues ? before.buckets : []);
  const fresh = now.buckets
    .map(([edge, count]) => [edge, count - (earlier.get(edge) ?? 0)] as const)
    .filter(([, count]) => count > 0);
  const total = fresh.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return undefined;
  return { p50Ns: quantile(fresh, total * 0.5), p99Ns: quantile(fresh, total * 0.99) };
}

function quantile(buckets: readonly (readonly [number, number])[], rank: number): number {
  let below = 0;
  for (const [edge, count] of buckets) {
    below += count;
    if (below >= rank) return edge;
  }
  return buckets.at(-1)?.[0] ?? 0;
}
