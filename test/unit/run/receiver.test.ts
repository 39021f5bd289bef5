import { expect, test } from "vitest";
import type { Lab } from "../../../src/lab/lab.ts";
import type { ReceiverFigures } from "../../../src/run/figures.ts";
import { receiverOf } from "../../../src/run/receiver.ts";
import { madeUpLab, PLAIN_TRAFFIC } from "../measure/made-up.ts";

const flow = (number: number, lost: number) => ({
  flow: number,
  packets: 10 - lost,
  bytes: 640 - 64 * lost,
  lost,
  reordered: 0,
  duplicates: 0,
});
const FIGURES: ReceiverFigures = {
  received: 18,
  receivedBytes: 1152,
  foreign: 0,
  foreignBytes: 0,
  stale: 0,
  lost: 2,
  reordered: 1,
  duplicates: 0,
  firstTsc: 0,
  lastTsc: 0,
  latencyNs: { count: 0, min: 0, max: 0, sum: 0, buckets: [] },
  interArrivalNs: {
    count: 17,
    min: 100,
    max: 900,
    sum: 3200,
    buckets: [
      [100, 15],
      [896, 2],
    ],
  },
  sizes: [[64, 18]],
  protocols: { ipv4: 18, udp: 18, tcp: 0 },
  reorder: { reordered: 1, maxExtent: 3, extents: [[2, 1]], unknownExtent: 0, nReordered: [1, 1, 0, 0] },
  flows: {
    seen: 2,
    expected: 2,
    withLoss: 1,
    lost: 2,
    reordered: 1,
    duplicates: 0,
    top: [flow(0, 0), flow(1, 2)],
    worst: [flow(1, 2), flow(0, 0)],
  },
};
const lab = (flows: number): Lab =>
  madeUpLab("vhost-user", { traffic: { ...PLAIN_TRAFFIC, flows: { ...PLAIN_TRAFFIC.flows, count: flows } } });

test("what a trial keeps of a receiver's figures", () => {
  expect(receiverOf(FIGURES, lab(2))).toEqual({
    interArrivalNs: { min: 100, p50: 100, p99: 896, max: 900 },
    sizes: [[64, 18]],
    protocols: { ipv4: 18, udp: 18 },
    reorder: { maxExtent: 3, nReordered: [1, 1] },
    flows: { seen: 2, expected: 2, withLoss: 1, top: [flow(0, 0), flow(1, 2)], worst: [flow(1, 2)] },
  });
});

test("one flow is no news, nor is order where nothing came late", () => {
  const orderly = { ...FIGURES, reordered: 0, reorder: { ...FIGURES.reorder, reordered: 0 } };
  expect(receiverOf(orderly, lab(1))).not.toHaveProperty("flows");
  expect(receiverOf(orderly, lab(1))).not.toHaveProperty("reorder");
});
