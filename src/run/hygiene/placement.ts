import type { PmdQueues } from "../../rpc/ovs-control/pmd-rxq-show.ts";

/** Which poll-mode thread polls which receive queue: `gen-p0 queue 0` -> CPU. */
export type Placement = ReadonlyMap<string, number>;

/** The placement as OVS tells it. */
export function placementOf(threads: readonly PmdQueues[]): Placement {
  return new Map(
    threads.flatMap(({ coreId, queues }) =>
      queues.map(({ port, queueId }) => [`${port} queue ${queueId}`, coreId] as const),
    ),
  );
}

/** Queues that are polled elsewhere than before, appeared, or vanished. */
export function movedQueues(before: Placement, after: Placement): readonly string[] {
  const queues = new Set([...before.keys(), ...after.keys()]);
  return [...queues].filter((queue) => before.get(queue) !== after.get(queue));
}
