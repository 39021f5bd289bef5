import { expect, test } from "vitest";
import { RESULT_FAMILIES } from "../../../../src/run/exporter/result-families.ts";
import { resultRegistry } from "../../../../src/run/exporter/result-registry.ts";
import { madeUpResult, madeUpTrials } from "../../measure/made-up.ts";

const result = madeUpResult(["vhost-user"], madeUpTrials("vhost-user", 4_000_000, [1]));
const ARM = 'topology="pktgen-stats",arm="vhost-user",datapath="vhost-user"';

test("a result is told in base units, and a gauge has no quantile", async () => {
  const text = await resultRegistry([result]).metrics();
  expect(text).toContain(`corebed_result_throughput_packets_per_second{${ARM},bound="median"} 2000000`);
  expect(text).toContain(`corebed_result_throughput_bytes_per_second{${ARM},bound="median"} 128000000`);
  expect(text).toContain(`corebed_result_latency_seconds{${ARM},percentile="50"} 0.000012`);
  // What promtool's linter objects to.
  expect(Object.keys(RESULT_FAMILIES).filter((name) => /_bits|_milli|_total$/.test(name))).toEqual([]);
  expect(Object.values(RESULT_FAMILIES).flatMap(({ labels }) => labels)).not.toContain("quantile");
});
