import type { Arm, Result } from "../../measure/result.ts";
import type { Summary } from "../../measure/summary.ts";
import type { RESULT_FAMILIES, ResultFamilyName } from "./result-families.ts";

type LabelOf<Name extends ResultFamilyName> = (typeof RESULT_FAMILIES)[Name]["labels"][number];

/** One value of one metric of a result. */
export interface ResultSample {
  readonly name: ResultFamilyName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A result as metrics; labels are names of the file, so a series goes on from run to run. What was not measured is left out. */
export function resultSamples(result: Result): readonly ResultSample[] {
  const topology = result.topology.name;
  return [
    ...one(
      "corebed_result_info",
      { topology, kind: result.kind, version: result.corebedVersion, simulated: String(result.simulated) },
      1,
    ),
    ...one("corebed_result_finished_timestamp_seconds", { topology }, Date.parse(result.finishedAt) / 1e3),
    ...one("corebed_result_complete", { topology }, Number(result.complete)),
    ...result.arms.flatMap((arm) => armSamples(topology, arm)),
    ...result.expectations.flatMap(({ text, passed }) =>
      one("corebed_result_expectation_passed", { topology, expectation: text }, Number(passed)),
    ),
  ];
}

function armSamples(topology: string, arm: Arm): readonly ResultSample[] {
  const labels = { topology, arm: arm.name, datapath: arm.datapath };
  const usable = arm.trials.filter((trial) => trial.usable).length;
  return [
    ...bounds("corebed_result_throughput_packets_per_second", labels, arm.throughputPps),
    ...bounds("corebed_result_throughput_bytes_per_second", labels, inBytes(arm.bandwidthBps)),
    ...bounds("corebed_result_loss_ratio", labels, arm.lossRatio),
    ...one("corebed_result_latency_seconds", { ...labels, percentile: "50" }, seconds(arm.latencyNs?.p50)),
    ...one("corebed_result_latency_seconds", { ...labels, percentile: "99" }, seconds(arm.latencyNs?.p99)),
    ...one("corebed_result_switch_cycles_per_packet", labels, arm.switchCyclesPerPacket?.median),
    ...one("corebed_result_throughput_ratio", labels, arm.comparison?.ratioOfMedians),
    ...one("corebed_result_trials", { ...labels, state: "usable" }, usable),
    ...one("corebed_result_trials", { ...labels, state: "not_usable" }, arm.trials.length - usable),
  ];
}

type Bounds = Pick<Summary, "median" | "min" | "max">;

/** Prometheus counts in bytes. */
function inBytes(bits: Summary | undefined): Bounds | undefined {
  return bits && { median: bits.median / 8, min: bits.min / 8, max: bits.max / 8 };
}

type Bounded =
  | "corebed_result_throughput_packets_per_second"
  | "corebed_result_throughput_bytes_per_second"
  | "corebed_result_loss_ratio";

function bounds(
  name: Bounded,
  labels: Readonly<Record<Exclude<LabelOf<Bounded>, "bound">, string>>,
  summary: Bounds | undefined,
): readonly ResultSample[] {
  return (["median", "min", "max"] as const).flatMap((bound) => one(name, { ...labels, bound }, summary?.[bound]));
}

function seconds(summary: Summary | undefined): number | undefined {
  return summary === undefined ? undefined : summary.median / 1e9;
}

function one<Name extends ResultFamilyName>(
  name: Name,
  labels: Readonly<Record<LabelOf<Name>, string>>,
  value: number | undefined,
): readonly ResultSample[] {
  return value === undefined ? [] : [{ name, labels, value }];
}
