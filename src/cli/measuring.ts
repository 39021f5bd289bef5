import type { KnownFacts } from "../lab/host-facts.ts";
import type { Result } from "../measure/result.ts";
import type { ArmContext } from "./arms.ts";
import type { MeasureOptions } from "./commands/measure.ts";
import { deliverMetrics } from "./deliver-metrics.ts";
import type { CommonOptions } from "./measure-options.ts";
import { metricsEndpoint } from "./metrics-endpoint.ts";
import { writeReport } from "./report-option.ts";

/** What the arms of a command are made with; `trials` where the command counts them in its own way. */
export function armContext(options: CommonOptions, facts: KnownFacts, trials = options.trials): ArmContext {
  return {
    facts,
    fold: options.foldCores === true,
    allowPrivileged: options.allowPrivileged === true,
    json: options.json === true,
    trials,
    measure: options.measure,
  };
}

/** How a command measures, as far as the options that all share say it. */
export function measureOptions(
  options: CommonOptions,
  kind: MeasureOptions["kind"],
  seed: number,
  order: MeasureOptions["orderKind"] = "abba",
): MeasureOptions {
  return {
    kind,
    out: options.out,
    keep: options.keep === true,
    json: options.json === true,
    orderKind: options.order ?? order,
    seed,
  };
}

/** Measures with the metrics served meanwhile if that was asked for, then writes the report and delivers the figures to where they were asked for. */
export async function measuring(options: CommonOptions, measure: () => Promise<Result>): Promise<Result> {
  await using _endpoint = await metricsEndpoint(options);
  const result = await measure();
  await writeReport(result, options);
  await deliverMetrics(result, options);
  return result;
}
