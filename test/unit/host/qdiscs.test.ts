import fc from "fast-check";
import { expect, test } from "vitest";
import { parseTokenBuckets } from "../../../src/host/parse/qdiscs.ts";

/** What iproute2 6.1 printed on Linux 6.18. */
const PRINTED =
  '[{"kind":"noqueue","handle":"0:","dev":"lo","root":true,"refcnt":2,"options":{},"bytes":0,"packets":0,"drops":0},' +
  '{"kind":"tbf","handle":"cb1:","dev":"eth0","root":true,"refcnt":3,"options":{"rate":32000000,"burst":640000,"limit":160000,"overhead":4},' +
  '"bytes":90,"packets":1,"drops":3,"overlimits":0,"requeues":0,"backlog":0,"qlen":0}]';

test("the token buckets among the queues that tc lists", () => {
  expect(parseTokenBuckets(PRINTED)).toEqual([
    { interface: "eth0", handle: "cb1:", bytesPerSecond: 32_000_000, burstBytes: 640_000, droppedPackets: 3 },
  ]);
});

test("what is no list of queues has none", () => {
  for (const text of ["", "Cannot open network namespace", "{}", "[1, null]", '[{"kind":"tbf"}]']) {
    expect(parseTokenBuckets(text)).toEqual([]);
  }
  fc.assert(fc.property(fc.string(), (text) => Array.isArray(parseTokenBuckets(text))));
});
