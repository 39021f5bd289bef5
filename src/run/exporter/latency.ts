import type { NfStats } from "../../rpc/nf-control/messages.ts";
import type { Distribution } from "./families.ts";

/** Edges in seconds: 1-2-5 from a microsecond to a second, fixed so that histograms of all labs can be added up. */
const EDGES_SECONDS: readonly number[] = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1].flatMap((decade) => [
  decade,
  Number((2 * decade).toPrecision(1)),
  Number((5 * decade).toPrecision(1)),
]);

type Latencies = NfStats<"stats">["app"]["latencyNs"];

/** An NF's log-linear histogram in the few buckets of a metric; a bucket of the NF belongs where its lower edge does, which is wrong by under 1 %. */
export function latencyDistribution({ count, sum, buckets }: Latencies): Distribution {
  const cumulative: (readonly [number, number])[] = [];
  let next = 0;
  let below = 0;
  for (const edge of [...EDGES_SECONDS, 1]) {
    for (let bucket = buckets[next]; bucket !== undefined && bucket[0] < edge * 1e9; bucket = buckets[next]) {
      below += bucket[1];
      next += 1;
    }
    cumulative.push([edge, below]);
  }
  return { cumulative, count, sum: sum / 1e9 };
}
