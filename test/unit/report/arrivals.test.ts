import { expect, test } from "vitest";
import { arrivals } from "../../../src/report/html/arrivals.ts";
import { twoArms } from "./results.ts";

const flow = (number: number, lost: number) => ({
  flow: number,
  packets: 1500 - lost,
  bytes: 64 * (1500 - lost),
  lost,
  reordered: 0,
  duplicates: 0,
});
const RECEIVER = {
  interArrivalNs: { min: 0, p50: 400, p99: 11_685, max: 16_163_855 },
  sizes: [[64, 5983] as [number, number]],
  protocols: { ipv4: 5983, udp: 5983 },
  reorder: { maxExtent: 12, nReordered: [3] },
  flows: {
    seen: 4,
    expected: 4,
    withLoss: 1,
    top: [flow(0, 0), flow(1, 0), flow(2, 0), flow(3, 17)],
    worst: [flow(3, 17)],
  },
};

test("what the receiver saw is told by arm and chain, and left out where no receiver told", () => {
  const { arms } = twoArms();
  expect(arrivals(arms)).toBeUndefined();
  const [first] = arms;
  if (first === undefined) throw new Error("two arms have a first");
  const trials = first.trials.map((trial) => ({
    ...trial,
    chains: trial.chains.map((chain) => ({ ...chain, reordered: 3, receiver: RECEIVER })),
  }));
  const text = (arrivals([{ ...first, trials }])?.markup ?? "").replace(/<[^>]+>/g, "|");
  expect(text).toContain(
    "frames of 64 bytes (5,983); headers ipv4, udp; between two packets 0.400 us (p50), 11.7 us (p99); 3 reordered, by up to 12 packets; " +
      "no duplicates; 4 flows seen, 1 with loss; busiest flow 0 (1,500 packets), flow 1 (1,500 packets), flow 2 (1,500 packets) and more; " +
      "most lost by flow 3 (17).",
  );
});
