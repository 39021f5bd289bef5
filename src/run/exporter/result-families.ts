/** What a finished result says as metrics: for a Pushgateway, or for node_exporter to read from a file. docs/metrics.md says the same in prose. */
const ARM = ["topology", "arm", "datapath"] as const;
const BOUND = [...ARM, "bound"] as const;

export const RESULT_FAMILIES = {
  corebed_result_info: gauge(
    ["topology", "kind", "version", "simulated"] as const,
    "What was measured, by which corebed; the value is always 1.",
  ),
  corebed_result_finished_timestamp_seconds: gauge(["topology"] as const, "When the last trial ended, Unix time."),
  corebed_result_complete: gauge(["topology"] as const, "Whether the measurement came to its end."),
  corebed_result_throughput_packets_per_second: gauge(
    BOUND,
    "Packets per second delivered: median, lowest and highest trial.",
  ),
  corebed_result_throughput_bytes_per_second: gauge(BOUND, "Bytes of frames per second delivered, FCS included."),
  corebed_result_loss_ratio: gauge(BOUND, "Packets lost by packets offered."),
  corebed_result_latency_seconds: gauge(
    [...ARM, "percentile"] as const,
    "One-way latency: median over the trials of each trial's percentile.",
  ),
  corebed_result_switch_cycles_per_packet: gauge(
    ARM,
    "TSC cycles for one pass of a packet through the switch, median.",
  ),
  corebed_result_throughput_ratio: gauge(ARM, "Median throughput by that of the first arm."),
  corebed_result_trials: gauge([...ARM, "state"] as const, "Trials: usable, and those that were not."),
  corebed_result_expectation_passed: gauge(["topology", "expectation"] as const, "Whether a line of expect: held."),
} as const;

export type ResultFamilyName = keyof typeof RESULT_FAMILIES;

function gauge<const Labels extends readonly string[]>(labels: Labels, help: string) {
  return { type: "gauge" as const, labels, help };
}
