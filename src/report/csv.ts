import type { Arm, Result } from "../measure/result.ts";
import type { ChainTrial, Trial } from "../measure/trial.ts";

type Value = string | number | boolean | undefined;

interface Row {
  readonly result: Result;
  readonly arm: Arm;
  readonly trial: Trial;
  readonly chain: ChainTrial;
}

interface Field {
  readonly name: string;
  readonly value: (row: Row) => Value;
}

const latency = (name: keyof NonNullable<ChainTrial["latencyNs"]>): Field => ({
  name: `latency_${name}_ns`,
  value: ({ chain }) => chain.latencyNs?.[name],
});

/**
 * Units are in the names: pps are packets a second, bps layer-2 bits a second with the FCS. `trial` counts from 1 as pages and the progress do, an index from 0
 * as the result file does.
 */
const FIELDS: readonly Field[] = [
  { name: "topology", value: ({ result }) => result.topology.name },
  { name: "kind", value: ({ result }) => result.kind },
  { name: "started_at", value: ({ result }) => result.startedAt },
  { name: "host", value: ({ result }) => result.host.hostname },
  { name: "simulated", value: ({ result }) => result.simulated },
  { name: "arm", value: ({ arm }) => arm.name },
  { name: "datapath", value: ({ arm }) => arm.datapath },
  { name: "trial", value: ({ trial }) => trial.index + 1 },
  { name: "trial_index", value: ({ trial }) => trial.index },
  { name: "round", value: ({ trial }) => trial.round },
  { name: "purpose", value: ({ trial }) => trial.purpose },
  { name: "repeat_of_index", value: ({ trial }) => trial.repeatOf },
  { name: "complete", value: ({ trial }) => trial.complete },
  { name: "usable", value: ({ trial }) => trial.usable },
  { name: "flags", value: ({ trial }) => [...new Set(trial.flags.map(({ code }) => code))].join(" ") },
  { name: "asked_ms", value: ({ trial }) => trial.askedMs },
  { name: "chain", value: ({ chain }) => chain.chain },
  { name: "direction", value: ({ chain }) => chain.direction ?? "forward" },
  { name: "duration_ns", value: ({ chain }) => chain.durationNs },
  { name: "asked_pps", value: ({ trial }) => trial.askedPps ?? "max" },
  { name: "sent_pps", value: ({ chain }) => rate(chain.sent, chain) },
  { name: "received_pps", value: ({ chain }) => chain.throughputPps },
  { name: "received_bps", value: ({ chain }) => chain.bandwidthBps },
  { name: "offered_packets", value: ({ chain }) => chain.offered },
  { name: "sent_packets", value: ({ chain }) => chain.sent },
  { name: "received_packets", value: ({ chain }) => chain.received },
  { name: "loss_ratio", value: ({ chain }) => chain.lossRatio },
  { name: "dropped_packets", value: ({ chain }) => chain.ledger.dropped },
  { name: "unexplained_packets", value: ({ chain }) => chain.ledger.unexplained },
  { name: "reordered_packets", value: ({ chain }) => chain.reordered },
  { name: "duplicate_packets", value: ({ chain }) => chain.duplicates },
  { name: "latency_packets", value: ({ chain }) => chain.latencyNs?.count },
  latency("min"),
  latency("p50"),
  latency("p90"),
  latency("p99"),
  latency("p999"),
  latency("p9999"),
  latency("max"),
  latency("mean"),
  { name: "switch_cycles_per_packet", value: ({ trial }) => trial.switchCyclesPerPacket },
  { name: "worst_steal_ratio", value: ({ trial }) => worst(trial.hygiene.cpus.map(({ stealRatio }) => stealRatio)) },
  {
    name: "preemptions",
    value: ({ trial }) =>
      trial.hygiene.threads.reduce((sum, { involuntaryContextSwitches: switches }) => sum + switches, 0),
  },
];

/**
 * Every trial of every result as comma-separated values (RFC 4180): one line for each trial and chain, in the order the trials ran, after a line of names. Numbers
 * are in full and in base units; what was not measured is empty.
 */
export function formatCsv(results: readonly Result[]): string {
  const rows = results.flatMap((result) =>
    result.arms
      .flatMap((arm) => arm.trials.map((trial) => ({ arm, trial })))
      .toSorted((a, b) => a.trial.index - b.trial.index)
      .flatMap(({ arm, trial }) => trial.chains.map((chain): Row => ({ result, arm, trial, chain }))),
  );
  const lines = [FIELDS.map(({ name }) => name), ...rows.map((row) => FIELDS.map(({ value }) => quoted(value(row))))];
  return lines.map((cells) => `${cells.join(",")}\r\n`).join("");
}

function rate(packets: number, { durationNs }: ChainTrial): number | undefined {
  return durationNs > 0 ? (packets / durationNs) * 1e9 : undefined;
}

function worst(ratios: readonly number[]): number | undefined {
  return ratios.length === 0 ? undefined : Math.max(...ratios);
}

/** In quotes where the text would be read as something else without them. */
function quoted(value: Value): string {
  // Lines may stand in quotes; what moves the cursor of a terminal may not.
  const text = value === undefined ? "" : String(value).replace(/[^\P{Cc}\r\n]|\r(?!\n)|\p{Bidi_Control}/gu, " ");
  return /[",\r\n]/.test(text) || /^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
