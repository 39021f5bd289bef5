import { expect, test } from "vitest";
import { queueLines } from "../../../src/report/queues-text.ts";
import type { PmdQueues } from "../../../src/rpc/ovs-control/pmd-rxq-show.ts";

const OUTPUT = { width: 44, color: false, unicode: false };

function thread(coreId: number, ...queues: readonly (readonly [string, number])[]): PmdQueues {
  return {
    numaId: 0,
    coreId,
    isolated: true,
    queues: queues.map(([port, queueId]) => ({ port, queueId, enabled: true, usagePercent: undefined })),
    overheadPercent: undefined,
  };
}

test("who polls what, by CPU, with queues counted and long lists wrapped", () => {
  const threads = [
    thread(4),
    thread(1, ["sink-p0", 0], ["gen-p0", 1], ["gen-p0", 0], ["fwd1-p0", 0], ["fwd2-p0", 0]),
    thread(0, ["fwd1-p1", 0]),
  ];
  expect(queueLines(threads, OUTPUT)).toEqual([
    "switch on CPU 0: fwd1-p1",
    "switch on CPU 1: fwd1-p0, fwd2-p0, gen-p0 (2",
    "                 queues), sink-p0",
    "switch on CPU 4: nothing yet",
  ]);
  expect(queueLines([], OUTPUT)).toEqual([]);
});
