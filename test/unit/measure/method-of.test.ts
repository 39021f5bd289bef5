import { expect, test } from "vitest";
import { methodOf } from "../../../src/measure/method-of.ts";
import { example, parse } from "../lab/make-lab.ts";

const { topology } = parse(
  `${example("shared-core.yaml").replace(/^(expect|measure):.*(\n .*)*/gm, "")}
measure: soak
expect:
  - throughput(vhost-user) >= 2 Mpps
  - loss <= 1%
`,
);
const soakOn = (datapath: "vhost-user" | "docker-bridge") =>
  methodOf(topology.measure, { traffic: topology.traffic, datapath, trials: 1, expect: topology.expect });

test("a soak ends by what is expected of its own datapath, and of every one", () => {
  expect(soakOn("vhost-user")).toMatchObject({ stopWhen: { forwardingPpsBelow: 2e6, lossRatioAbove: 0.01 } });
  expect(soakOn("docker-bridge")).toMatchObject({ stopWhen: { lossRatioAbove: 0.01 } });
  expect(soakOn("docker-bridge")).not.toHaveProperty("stopWhen.forwardingPpsBelow");
});
