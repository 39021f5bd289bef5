import { expect, it } from "vitest";
import { suggest } from "../../../src/topology/suggest.ts";

it.each([
  ["queue_size", ["queueSize", "memory"], "queueSize"],
  ["vhostuser", ["host", "vhost-user"], "vhost-user"],
  ["SINK", ["sink1", "sink"], "sink"],
  ["fdw", ["gen", "fwd"], "fwd"],
  ["thruput", ["loss", "throughput"], "throughput"],
  ["firewall", ["gen", "sink"], undefined],
  ["a", ["b", "c"], undefined],
  ["", ["a"], undefined],
  ["x".repeat(10_000), ["x".repeat(10_001)], undefined],
])("%s among %j is %s", (word, candidates, meant) => {
  expect(suggest(word, candidates)).toBe(meant);
});
