import { type Command, Option } from "commander";
import { MEASURE_METHODS, TRIAL_ORDERS } from "../../topology/topology.ts";
import type { BaselineOptions } from "../baseline.ts";
import { addDeliveryOptions } from "../deliver-metrics.ts";
import type { CommonOptions } from "../measure-options.ts";
import { wholeNumber } from "../options.ts";
import { allowPrivileged } from "../resolve-options.ts";
import { duration, timeLimitOption } from "./duration.ts";

/** What `corebed ci` understands; times in milliseconds. */
export interface CiOptions extends Omit<CommonOptions, "out" | "keep" | "metrics">, BaselineOptions {
  readonly out: string;
  readonly wait: number;
  readonly timeLimit?: number;
}

/** The usual `--wait`. */
export const DEFAULT_WAIT_MS = 30 * 60_000;

/** Adds the options. */
export function addCiOptions(command: Command): Command {
  command
    .option("--out <folder>", "where the artefacts go; those of an earlier run are replaced", "corebed-ci")
    .option("--baseline <result>", "an earlier result: exit code 1 if an arm is worse than in it")
    .option("--anyway", "compare with the baseline even if it was taken elsewhere or otherwise")
    .addOption(
      new Option("--wait <time>", "how long to wait while another run has this machine: 90s, 30m, 1.5h, or 0")
        .argParser(duration)
        .default(DEFAULT_WAIT_MS, "30m"),
    )
    .option(
      "--time-limit <time>",
      "end in order after this long, not counting the wait (default: none)",
      timeLimitOption,
    )
    .option("--fold-cores", "share the CPUs that are there among more cores")
    .addOption(allowPrivileged())
    .option("--trials <n>", "trials of each arm (default: the file's)", wholeNumber)
    .addOption(new Option("--measure <method>", "how to measure (default: the file's)").choices([...MEASURE_METHODS]))
    .addOption(
      new Option("--order <order>", "order of the trials of several arms (default: the file's)").choices([
        ...TRIAL_ORDERS,
      ]),
    )
    .option("--seed <n>", "seed of what is drawn by lot (default: drawn, and in the result)", wholeNumber)
    .option("--json", "print the outcome and the result as JSON")
    .option("--simulate", "measure a model instead of this host: no root, no Docker, and figures that say nothing");
  return addDeliveryOptions(command);
}
