import { expect, test } from "vitest";
import { type PolledQueues, queueLines } from "../../../src/report/queues-text.ts";

const OUTPUT = { width: 44, color: false, unicode: false };

function thread(coreId: number, ...ports: readonly string[]): PolledQueues {
  return { coreId, queues: ports.map((port) => ({ port })) };
}

test("who polls what, by CPU, with queues counted and long lists wrapped", () => {
  const threads = [thread(4), thread(1, "sink-p0", "gen-p0", "gen-p0", "fwd1-p0", "fwd2-p0"), thread(0, "fwd1-p1")];
  expect(queueLines(threads, OUTPUT)).toEqual([
    "switch on CPU 0: fwd1-p1",
    "switch on CPU 1: fwd1-p0, fwd2-p0, gen-p0 (2",
    "                 queues), sink-p0",
    "switch on CPU 4: nothing yet",
  ]);
  expect(queueLines([], OUTPUT)).toEqual([]);
});
