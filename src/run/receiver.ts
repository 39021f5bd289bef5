import type { Lab } from "../lab/lab.ts";
import { quantile } from "../measure/histogram.ts";
import type { Receiver } from "../measure/receiver.ts";
import type { ReceiverFigures } from "./figures.ts";

/** A receiver's figures as a trial keeps them: small enough for hundreds of trials in a file. */
export function receiverOf(got: ReceiverFigures, lab: Lab): Receiver {
  const { interArrivalNs, sizes, protocols, reorder, flows } = got;
  const many = lab.traffic.flows.count > 1 && lab.traffic.pcap === undefined;
  return {
    ...(interArrivalNs.count > 0 && { interArrivalNs: percentilesOf(interArrivalNs) }),
    sizes: sizes.map(([bytes, packets]): [number, number] => [bytes, packets]),
    protocols: Object.fromEntries(Object.entries(protocols).filter(([, packets]) => packets > 0)),
    ...(reorder.reordered > 0 && {
      reorder: { maxExtent: reorder.maxExtent, nReordered: withoutTail(reorder.nReordered) },
    }),
    ...(many &&
      flows !== undefined && {
        flows: {
          seen: flows.seen,
          expected: flows.expected,
          withLoss: flows.withLoss,
          top: flows.top,
          worst: flows.worst.filter(({ lost }) => lost > 0),
        },
      }),
  };
}

function percentilesOf(histogram: ReceiverFigures["interArrivalNs"]): NonNullable<Receiver["interArrivalNs"]> {
  const plain = { ...histogram, buckets: histogram.buckets.map(([low, packets]): [number, number] => [low, packets]) };
  const at = (q: number) => Math.round(quantile(plain, q) ?? 0);
  return { min: histogram.min, p50: at(0.5), p99: at(0.99), max: histogram.max };
}

function withoutTail(counts: readonly number[]): readonly number[] {
  return counts.slice(0, counts.findLastIndex((packets) => packets > 0) + 1);
}
