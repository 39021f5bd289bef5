import { expect, test } from "vitest";
import { refuseUnmeasurable } from "../../../src/cli/unmeasurable.ts";
import { parse } from "../lab/make-lab.ts";

/** Chain `gen, mine, theirs` of a pktgen and two images that corebed knows nothing of. */
const topology = (second: string, hops: string) =>
  parse(
    [
      "name: own",
      "cores: { 0: switch, 1: gen, 2: mine, 3: theirs }",
      "nfs:",
      "  gen: { app: pktgen }",
      `  mine: ${second}`,
      "  theirs: { image: acme/sink }",
      `chains: { main: { path: [gen, mine, theirs], hops: [${hops}] } }`,
      "traffic: { rate: max }",
    ].join("\n"),
  ).topology;

test("what arrives over a memif nobody counts where both its ends are others' programs", () => {
  expect(() => refuseUnmeasurable(topology("{ app: testpmd }", "memif, memif"), "rate")).toThrow(
    "error: chain main cannot be measured over memif: neither mine nor theirs tells corebed what it counts, and there is nothing between them that does",
  );
});

test.each([
  ["one end is corebed's", "{ app: l2fwd }", "memif, memif"],
  ["the switch counts there", "{ app: testpmd }", "memif, vhost-user"],
])("but it can be measured where %s", (_why, second, hops) => {
  expect(() => refuseUnmeasurable(topology(second, hops), "rate")).not.toThrow();
});
