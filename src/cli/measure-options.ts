import { randomInt } from "node:crypto";
import { type Command, Option } from "commander";
import { MEASURE_METHODS, type MeasureMethod, TRIAL_ORDERS } from "../topology/topology.ts";
import { addDeliveryOptions, type DeliveryOptions } from "./deliver-metrics.ts";
import { addEndpointOption, type EndpointOptions } from "./metrics-endpoint.ts";
import { wholeNumber } from "./options.ts";
import { addReportOption, type ReportOptions } from "./report-option.ts";

/** Options that all commands which measure understand. */
export interface CommonOptions extends DeliveryOptions, EndpointOptions, ReportOptions {
  readonly foldCores?: boolean;
  readonly allowPrivileged?: boolean;
  readonly trials?: number;
  readonly measure?: MeasureMethod;
  readonly order?: (typeof TRIAL_ORDERS)[number];
  readonly seed?: number;
  readonly out?: string;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly simulate?: boolean;
}

/** Seeds are small enough to read out. */
const SEEDS = 1_000_000;

/** Adds them, with the words for what `--trials` counts. */
export function addMeasureOptions(command: Command, trials: string): Command {
  command
    .option("--fold-cores", "share the CPUs that are there among more cores")
    .option("--trials <n>", trials, wholeNumber)
    .addOption(new Option("--measure <method>", "how to measure (default: the file's)").choices([...MEASURE_METHODS]))
    .addOption(
      new Option("--order <order>", "order of the trials of several arms (default: the file's)").choices([
        ...TRIAL_ORDERS,
      ]),
    )
    .option("--seed <n>", "seed of what is drawn by lot (default: drawn, and in the result)", wholeNumber)
    .option("--out <file>", "result file (default: results/NAME-COMMAND-TIME.json)")
    .option("--keep", "leave the lab up")
    .option("--json", "print the result as JSON")
    .option("--simulate", "measure a model instead of this host: no root, no Docker, and figures that say nothing");
  return addReportOption(addDeliveryOptions(addEndpointOption(command)));
}

/** The seed asked for, or one drawn now. */
export function seedOf({ seed }: CommonOptions): number {
  return seed ?? randomInt(1, SEEDS);
}
